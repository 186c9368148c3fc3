#include "tsd/engine/backend_choice.hpp"

#include "support/catch.hpp"

namespace tsd {

TEST_CASE("backend: auto is native on the CPU alone, and native keeps to it", "[backend]") {
  CHECK(runs_native(BackendChoice::automatic, "cpu"));
  CHECK_FALSE(runs_native(BackendChoice::automatic, "cuda:1"));
  CHECK_FALSE(runs_native(BackendChoice::torch, "cpu"));
  CHECK(runs_native(BackendChoice::native, "cpu"));
  CHECK(cpu_alone(BackendChoice::native) == "backend: native");
  CHECK(cpu_alone(BackendChoice::automatic).empty());
  CHECK(cpu_alone(BackendChoice::torch).empty());
}

}  // namespace tsd
