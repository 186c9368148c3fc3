// Items to be sorted into classes (dual_stream.md 2).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tsd::dual_stream {

enum class Task { automatic, shj, new_stimuli, file };

// One way to sort the items; a training of its own.
struct Problem {
  std::string name;  // of its group in results.h5
  std::vector<std::int32_t> label;
};

struct Stimuli {
  int D = 0, K = 0;
  std::vector<float> x;  // [item, D]
  std::vector<Problem> problems;
  std::vector<std::string> names;  // of the features and the class, where a file has them

  int items() const { return static_cast<int>(x.size()) / D; }
};

// Shepard, Hovland & Jenkins 1961: 8 corners of a cube; types 1 to 6.
Stimuli shj(const std::vector<int>& types);
// 100 items, 50 each of two Gaussians in the plane.
Stimuli new_stimuli();
// CSV: a line per item, D features and the class, 0 to K - 1, between commas, semicolons or tabs; a first
// line of names and unnamed names of rows are passed over. HDF5: /x [item, D] and /class [item], or
// results.h5 of a run with such items. DataError with line or dataset, expected and got.
Stimuli read_stimuli(const std::filesystem::path& path);

// "4 items, 2 features, 2 classes; features x, y, class kind": what was taken for what.
std::string summary(const Stimuli& items);
// Items of equal features, which are shown more often, or cannot be told apart; empty: none.
std::string about_equal_items(const Stimuli& items);
// Features beyond 0 to 1, for which the streams' numbers are made (dual_stream.md 2.2); empty: none.
std::string about_ranges(const Stimuli& items);
// A feature beside others that has a whole number of its own for each item, without gaps; empty: none.
std::string about_row_numbers(const Stimuli& items);

}  // namespace tsd::dual_stream
