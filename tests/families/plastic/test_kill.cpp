#include "support/kills.hpp"

// Through several intervals: the criterion is soft, so that they follow each other fast.
TEST_CASE("kill: a curriculum killed on its way ends in the same files", "[plastic][slow]") {
  CHECK(tsd::test::differing_after_kills(
            "plastic", {"run.checkpoint_every=0.3", "hidden_dims=[50,50]", "n_runs=2", "acc_threshold=0.8",
                        "max_total_iterations=6000"}) == "");
}
