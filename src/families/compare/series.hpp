// Courses of trials, and how they are read.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tsd/io/hdf5.hpp"

namespace tsd::compare {

// [trials, steps, width]
struct Series {
  std::int64_t trials = 0, steps = 0;
  int width = 0;
  std::vector<float> values;

  std::int64_t rows() const { return trials * steps; }
  Shape shape() const { return {trials, steps, width}; }
  const float* row(std::int64_t i) const { return values.data() + i * width; }
};

// Of any float type; DataError where it has not three axes.
Series read_series(const Hdf5Reader& file, const std::string& source, const std::string& dataset);

// The rows that count, trial by trial, and their number of columns.
struct Rows {
  std::span<const float> values;
  int width = 0;
  std::vector<float> own;  // where some steps do not count

  std::int64_t count() const { return width == 0 ? 0 : static_cast<std::int64_t>(values.size()) / width; }
};
Rows counted(const Series& series, const std::vector<std::int64_t>& lengths);

// Where the first number that is not finite lies: "trial 3, step 7, column 1"; empty if there is none.
std::string not_finite(const Series& series);

}  // namespace tsd::compare
