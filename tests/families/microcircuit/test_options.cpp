// Every option of the model against an independent implementation in NumPy:
// scripts/reference/oracles/microcircuit.py, whose numbers are in options.json.
#include <fstream>

#include <nlohmann/json.hpp>

#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

nlohmann::json cases() {
  std::ifstream file(TSD_SOURCE_DIR "/tests/families/microcircuit/options.json");
  return nlohmann::json::parse(file);
}

Config config_of_case(const nlohmann::json& overrides, const std::string& backend) {
  const test::TemporaryDirectory folder;
  nlohmann::json config = overrides;
  config["family"] = "microcircuit";
  config["backend"] = backend;
  test::spit(folder / "case.yaml", config.dump());  // JSON is YAML
  return config_of(folder / "case.yaml");
}

// "WPP_3[0][0]", "sum|BPP|"
double value_of(const Arrays& weights, const std::string& what) {
  if (!what.starts_with("sum|")) return find(weights, "7." + what.substr(0, what.find('['))).as<double>()[0];
  double sum = 0;
  for (const Array& matrix : weights)
    if (matrix.name.starts_with("7." + what.substr(4, 3)))
      for (const double w : matrix.as<double>()) sum += std::abs(w);
  return sum;
}

}  // namespace

TEST_CASE("options: each agrees with NumPy, by either backend", "[microcircuit]") {
  const std::string backend = GENERATE("native", "torch");
  for (const auto& item : cases()) {
    CAPTURE(backend, item["name"].get<std::string>());
    const Finished run(config_of_case(item["overrides"], backend));
    for (const auto& [what, expected] : item["expected"].items()) {
      CAPTURE(what);
      // A change of all weights by two units in the last place moves these numbers by 2e-14 at most.
      const double value = expected.get<double>();
      CHECK(std::abs(value_of(run.weights, what) - value) < 1e-12 * std::max(1.0, std::abs(value)));
    }
  }
}
