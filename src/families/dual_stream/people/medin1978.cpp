#include "families/dual_stream/people/medin1978.hpp"

#include <algorithm>
#include <span>

namespace tsd::dual_stream {

const std::array<FiveFourItem, 16> kFiveFour = {{{{1, 1, 1, 0}, 0, .78},
                                                 {{1, 0, 1, 0}, 0, .88},
                                                 {{1, 0, 1, 1}, 0, .81},
                                                 {{1, 1, 0, 1}, 0, .88},
                                                 {{0, 1, 1, 1}, 0, .81},
                                                 {{1, 1, 0, 0}, 1, .16},
                                                 {{0, 1, 1, 0}, 1, .16},
                                                 {{0, 0, 0, 1}, 1, .12},
                                                 {{0, 0, 0, 0}, 1, .03},
                                                 {{1, 0, 0, 1}, -1, .59},
                                                 {{1, 0, 0, 0}, -1, .31},
                                                 {{1, 1, 1, 1}, -1, .94},
                                                 {{0, 0, 1, 0}, -1, .34},
                                                 {{0, 1, 0, 1}, -1, .50},
                                                 {{0, 0, 1, 1}, -1, .62},
                                                 {{0, 1, 0, 0}, -1, .16}}};

std::optional<std::vector<std::size_t>> five_four(const Stimuli& s, const std::vector<int>& held_out) {
  if (s.D != 4 || s.K != 2 || s.problems.size() != 1) return std::nullopt;
  std::vector<std::size_t> places;
  int trained = 0;
  for (int item = 0; item < s.items(); ++item) {
    const bool shown = std::ranges::find(held_out, item) == held_out.end();
    const auto same = std::ranges::find_if(kFiveFour, [&](const FiveFourItem& known) {
      return std::ranges::equal(known.x, std::span(s.x).subspan(static_cast<std::size_t>(item) * 4, 4),
                                [](int a, float b) { return static_cast<float>(a) == b; }) &&
             (known.cls == -1 ? !shown
                              : shown && s.problems[0].label[static_cast<std::size_t>(item)] == known.cls);
    });
    if (same == kFiveFour.end()) return std::nullopt;
    const auto place = static_cast<std::size_t>(same - kFiveFour.begin());
    if (std::ranges::find(places, place) != places.end()) return std::nullopt;
    places.push_back(place);
    trained += shown;
  }
  return trained == 9 ? std::optional(places) : std::nullopt;
}

}  // namespace tsd::dual_stream
