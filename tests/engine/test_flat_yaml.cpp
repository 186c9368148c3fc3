#include "tsd/engine/yaml/flat_yaml.hpp"

#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd {

TEST_CASE("flat yaml: values under their paths, as text", "[config]") {
  const auto flat = flat_yaml("seed: 3\nmodel: {family: sae, cell: node, sizes: [1, 2], none: ~}\n");
  CHECK(flat.size() == 5);
  CHECK(flat.at("seed") == "3");
  CHECK(flat.at("model.cell") == "node");
  CHECK(flat.at("model.sizes") == "[1, 2]");
  CHECK_THROWS_AS(flat_yaml("a: [1"), DataError);
}

}  // namespace tsd
