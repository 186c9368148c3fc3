#include "tsd/train/lanes.hpp"

#include "support/catch.hpp"

namespace tsd::train {
namespace {

std::vector<std::size_t> sizes(std::size_t count, std::size_t lanes, int threads) {
  std::vector<std::size_t> all;
  std::size_t next = 0;
  for (const Part& part : divided(count, lanes, threads)) {
    CHECK(part.first == next);  // one behind the other
    all.push_back(part.last - part.first);
    next = part.last;
  }
  CHECK(next == count);
  return all;
}

}  // namespace

TEST_CASE("lanes: as few groups as lanes allow, but work for every thread") {
  using Sizes = std::vector<std::size_t>;
  CHECK(sizes(10, 8, 1) == Sizes{5, 5});
  CHECK(sizes(10, 16, 1) == Sizes{10});
  CHECK(sizes(10, 16, 2) == Sizes{5, 5});
  CHECK(sizes(3, 8, 4) == Sizes{1, 1, 1});
  CHECK(sizes(17, 8, 2) == Sizes{4, 4, 4, 5});
}

}  // namespace tsd::train
