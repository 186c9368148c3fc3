#include "engine/sample_family.hpp"
#include "support/broken_configs.hpp"
#include "support/catch.hpp"

TEST_CASE("config: each broken config gives exactly its messages", "[config]") {
  const std::vector<tsd::Family> families = {sample::family()};
  CHECK(tsd::test::check_broken_configs(TSD_SOURCE_DIR "/tests/engine/broken_configs", families) >= 200);
}
