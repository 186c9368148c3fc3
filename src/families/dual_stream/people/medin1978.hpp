// People on the 5-4 structure: Medin & Schaffer 1978, doi:10.1037/0033-295X.85.3.207, Experiment 2
// (dual_stream.md 13.1).
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "families/dual_stream/data/stimuli.hpp"

namespace tsd::dual_stream {

struct FiveFourItem {
  std::array<int, 4> x;
  int cls;         // -1: of the transfer test
  double p_first;  // share of class A in the test
};
extern const std::array<FiveFourItem, 16> kFiveFour;

// Which of `kFiveFour` each item is, where the nine trained ones are those of the experiment, in any order;
// else nothing.
std::optional<std::vector<std::size_t>> five_four(const Stimuli& stimuli, const std::vector<int>& held_out);

}  // namespace tsd::dual_stream
