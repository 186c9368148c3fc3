#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"

using namespace tsd;

namespace {
const std::vector<Family>& families() {
  static const std::vector<Family> all = {sample::family()};
  return all;
}
}  // namespace

// tests/docs/check_schema.py applies this file to the broken configs.
TEST_CASE("config: JSON Schema of the sample family is the committed one", "[config]") {
  CHECK(json_schema(families()) == test::slurp(TSD_SOURCE_DIR "/tests/engine/sample.schema.json"));
}

TEST_CASE("config: the reference has a row for every key", "[config]") {
  const std::string table = config_reference(families()[0]);
  for (
      const std::string row :
      {"| key | meaning | default | unit | values | type |\n|---|---|---|---|---|---|\n",
       "| `epochs` | passes over the data | required |  | from 1 to 1000 | integer |\n",
       "| `lr` | step size | `0.001` |  | above 0 and below 10 | number |\n",
       "| `weights` | where to start; tsd analyze may set it | `auto` |  | auto, random or a path that exists | text |\n",
       "| `limit` | most steps of an epoch | `null` |  | of at least 1 | integer or null |\n",
       "| `times` | moments of interest | `[]` | ms | at most 3 values | list of integers |\n",
       "| `layers` | sizes, one list per tower | `[[8, 8], [4]]` |  | from 1 to 512; 2 values | list of lists of integers |\n",
       "| `model.cell` | kind of recurrence | `gru` |  | one of rnn, gru, lstm | text |\n",
       "| `model.readout.bias` | whether the readout has an offset | `true` |  |  | true or false |\n",
       "| `run.checkpoint_every` | longest time between checkpoints | `300.0` | s | above 0 | number |\n"}) {
    INFO(row);
    CHECK(table.find(row) != std::string::npos);
  }
  CHECK(std::count(table.begin(), table.end(), '\n') == 2 + 2 + 31);  // head, extends and sweep, fields
}
