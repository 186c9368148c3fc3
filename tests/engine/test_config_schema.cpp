#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config.hpp"

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
  for (const std::string row :
       {"| key | type | default | unit | values | meaning |\n|---|---|---|---|---|---|\n",
        "| `epochs` | integer | required |  | from 1 to 1000 | passes over the data |\n",
        "| `lr` | number | `0.001` |  | above 0 and below 10 | step size |\n",
        "| `weights` | text | `auto` |  | auto, random or a path that exists | where to start |\n",
        "| `limit` | integer or null | `null` |  | of at least 1 | most steps of an epoch |\n",
        "| `times` | list of integers | `[]` | ms | at most 3 values | moments of interest |\n",
        "| `layers` | list of lists of integers | `[[8, 8], [4]]` |  | from 1 to 512; 2 values | sizes, one "
        "list per tower |\n",
        "| `model.cell` | text | `gru` |  | one of rnn, gru, lstm | kind of recurrence |\n",
        "| `model.readout.bias` | true or false | `true` |  |  | whether the readout has an offset |\n",
        "| `run.checkpoint_every` | number | `300.0` | s | above 0 | longest time between checkpoints |\n"}) {
    INFO(row);
    CHECK(table.find(row) != std::string::npos);
  }
  CHECK(std::count(table.begin(), table.end(), '\n') == 2 + 2 + 30);  // head, extends and sweep, fields
}
