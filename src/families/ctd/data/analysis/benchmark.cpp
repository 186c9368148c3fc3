#include "families/ctd/data/analysis/benchmark.hpp"

#include <algorithm>
#include <array>

#include "tsd/error.hpp"

namespace tsd::ctd_data {

namespace {

struct Known {
  const char* name;
  int milliseconds;  // of a trial; 200 more are predicted
};
constexpr std::array kKnown = {Known{"mc_maze", 700},       Known{"mc_rtt", 600},
                               Known{"area2_bump", 600},    Known{"dmfc_rsg", 1500},
                               Known{"mc_maze_large", 700}, Known{"mc_maze_medium", 700},
                               Known{"mc_maze_small", 700}};
constexpr int kForward = 200;

}  // namespace

void check_benchmark(const std::string& dataset, const Extents& e, const std::string& file) {
  const bool wide = dataset.ends_with("_20");
  const std::string name = wide ? dataset.substr(0, dataset.size() - 3) : dataset;
  const auto known = std::ranges::find(kKnown, name, [](const Known& k) { return std::string(k.name); });
  if (known == kKnown.end()) return;
  const int width = wide ? 20 : 5;
  const auto check = [&](const std::string& what, int milliseconds, int steps) {
    if (steps == milliseconds / width) return;
    std::string got = std::to_string(steps);
    if (steps > 0 && milliseconds % steps == 0)
      got += ", bins of " + std::to_string(milliseconds / steps) + " ms";
    throw DataError(file + ": " + dataset + ": expected " + std::to_string(milliseconds / width) + " " +
                    what + " of " + std::to_string(width) + " ms, got " + got +
                    " (nlb.dataset: names without _20 have bins of 5 ms)");
  };
  check("steps", known->milliseconds, e.encoded());
  if (e.forward > 0) check("later steps", kForward, e.forward);
}

}  // namespace tsd::ctd_data
