// The numbered settings of a config's `sweep:`.
//
//   sweep:
//     first_index: 1                                 # default 0
//     blocks:
//       - grid: {lr: [1e-3, 1e-4], seed: [1, 2, 3]}  # Cartesian product, the first key slowest
//       - list: [{lr: 1e-2, cell: lstm}, {seed: 7}]  # one by one
//       - random: {n: 20, space: {lr: {log_uniform: [1e-4, 1e-1]}}}  # see space.hpp
//         grid: {seed: [1, 2, 3]}                                    # all of it with each of the 20
//
// Blocks are numbered on: here the grid has the indices 1 to 6, the list 7 and 8, the draws 9 to 68. With one
// block, `grid`, `list` or `random` may stand in `sweep` itself. Keys are paths of fields. Indices and
// settings correspond one to one: equal settings at two indices are an error.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"

namespace tsd::config {

class Sweep {
 public:
  // Every value is checked against its field; problems go to the report.
  Sweep(const Node& node, const Family& family, Report& report);

  std::int64_t first_index() const { return first_index_; }
  std::int64_t size() const { return static_cast<std::int64_t>(settings_.size()); }
  const Setting& at(std::int64_t index) const {
    return settings_[static_cast<std::size_t>(index - first_index_)];
  }
  bool has(std::int64_t index) const { return index >= first_index_ && index - first_index_ < size(); }

  std::map<std::string, std::string> texts(std::int64_t index) const;
  std::optional<std::int64_t> find(const std::map<std::string, std::string>& texts) const;
  bool sweeps(const std::string& key_path) const;  // that key, one below it, or one above it

 private:
  class Parser;

  std::int64_t first_index_ = 0;
  std::vector<Setting> settings_;
  std::map<std::map<std::string, std::string>, std::int64_t> index_of_;
};

}  // namespace tsd::config
