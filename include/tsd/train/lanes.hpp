// Independent learners that are simulated side by side, one to a lane of a vector.
#pragma once
#include <cstddef>
#include <vector>

namespace tsd::train {

// Learners [first, last) of one group.
struct Part {
  std::size_t first, last;
};

// Which of `count` learners go into which group: as few groups as `lanes` allow, but work for every thread.
std::vector<Part> divided(std::size_t count, std::size_t lanes, int threads);

}  // namespace tsd::train
