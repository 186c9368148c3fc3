// One side of a recording's split, as its file has it under the names of any of the known formats
// (ctd_data.md 2.1).
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tsd/io/hdf5.hpp"

namespace tsd::ctd_data {

struct Table {  // [n, T, columns]
  Shape shape;
  std::vector<float> values;
  bool there() const { return !shape.empty(); }
  std::int64_t columns() const { return there() ? shape[2] : 0; }
};

class Side {
 public:
  Side(const Hdf5Reader& file, std::string path, std::string side)
      : file_(file), path_(std::move(path)), side_(std::move(side)) {}

  Table read(const std::string& name) const;
  // Counts of held-in neurons, then of all. Of the benchmark, later steps and held-out neurons have datasets
  // of their own.
  std::pair<Table, Table> spikes() const;
  Table held_in() const;  // of trials that nothing but outputs is wanted of
  Table inputs() const;
  Table rates() const;  // of lfads-torch in a unit of its own, which a number beside it tells
  // The second column of extra, of files with such.
  std::vector<int> lengths(std::int64_t n, std::int64_t T) const;

  [[noreturn]] void refuse(const std::string& dataset, const std::string& expected,
                           const std::string& got) const;
  std::string name(const std::string& dataset) const { return "/" + side_ + "_" + dataset; }
  std::string where(const std::string& dataset) const { return path_ + ": " + name(dataset); }

 private:
  Table beside(const std::string& first, const std::string& second) const;
  Table after(const Table& a, const Table& b) const;

  const Hdf5Reader& file_;
  std::string path_, side_;
};

}  // namespace tsd::ctd_data
