// The `sweep:` of a config: blocks of settings, numbered on from first_index.
//
//   sweep:
//     first_index: 1
//     blocks:
//       - grid: {lr: [1e-3, 1e-4], seed: [1, 2]}   # Cartesian; the first key varies slowest
//       - list: [{lr: 1e-2}, {lr: 1e-2, seed: 7}]  # one index each
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/document.hpp"
#include "engine/config/report.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::config {

using Setting = std::pair<std::string, Node>;  // key path and value

struct Sweep {
  std::int64_t first_index = 0;
  std::vector<std::vector<Setting>> settings;              // per index
  std::vector<std::map<std::string, std::string>> texts;  // the same in canonical text
};

// Every value is checked against its field here, whichever index is run later. Two indices with equal settings are an
// error: index and settings determine each other.
Sweep read_sweep(const Node& node, const Family& family, Report& report);

}  // namespace tsd::config
