#include "tsd/engine/backend_choice.hpp"

#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd {

TEST_CASE("backend: auto is native on the CPU alone, and native nowhere else", "[backend]") {
  CHECK(runs_native(BackendChoice::automatic, "cpu"));
  CHECK_FALSE(runs_native(BackendChoice::automatic, "cuda:1"));
  CHECK_FALSE(runs_native(BackendChoice::torch, "cpu"));
  CHECK(runs_native(BackendChoice::native, "cpu"));
  CHECK_THROWS_AS(runs_native(BackendChoice::native, "cuda"), UsageError);
}

}  // namespace tsd
