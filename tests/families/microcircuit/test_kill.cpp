#include "support/kills.hpp"

TEST_CASE("kill: Fig. 3abc killed on its way ends in the same files", "[microcircuit][slow]") {
  CHECK(tsd::test::differing_after_kills("microcircuit/fig3abc", {"run.checkpoint_every=0.5"}) == "");
}
