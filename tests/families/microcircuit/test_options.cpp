// Every option of the model against an independent implementation in NumPy, scripts/reference/oracles/microcircuit/current.py,
// whose numbers are in options.json; what `quirks: original` brings back (microcircuit_original.py, quirks.json) and the
// rivals of PAL (microcircuit_rivals.py, rivals.json).
#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

nlohmann::json cases(const std::string& name) {
  std::ifstream file(TSD_SOURCE_DIR "/tests/families/microcircuit/" + name);
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
  const std::string backend = GENERATE("native", "torch"),
                    file = GENERATE("options.json", "quirks.json", "rivals.json");
  for (const auto& item : cases(file)) {
    CAPTURE(backend, file, item["name"].get<std::string>());
    const Finished run(config_of_case(item["overrides"], backend));
    for (const auto& [what, expected] : item["expected"].items()) {
      CAPTURE(what);
      // A change of all weights by two units in the last place moves these numbers by 2e-14 at most.
      const double value = expected.get<double>();
      CHECK(std::abs(value_of(run.weights, what) - value) < 1e-12 * std::max(1.0, std::abs(value)));
    }
  }
}

TEST_CASE("rivals: with one hidden layer direct feedback is feedback alignment, to the bit",
          "[microcircuit]") {
  const auto run = [](const char* model) {
    return Finished(published("smoke", {"layers=[2, 5, 2]", std::string("model_type=") + model})).weights;
  };
  const Arrays direct = run("DFA"), layered = run("FA");
  for (const Array& weights : layered) CHECK(find(direct, weights.name).bytes == weights.bytes);
}

TEST_CASE("rivals: Kolen-Pollack brings both weights together, at the rate of their decay",
          "[microcircuit]") {
  // The difference of WPP^T and BPP shrinks by 1 - dt eta alpha in every step of learning, whatever is learned.
  const Config config =
      published("smoke", {"model_type=KP", "alpha=[0.5, 0.5]", "layers=[2, 4, 2]", "eta_fw=[2, 2]"});
  const Finished run(config);
  const auto start = MicrocircuitExperiment(config, Finished::context()).weights();
  const auto difference = [](const Arrays& weights, std::size_t i, std::size_t j) {
    return find(weights, "0.WPP_2").as<double>()[j * 4 + i] -
           find(weights, "0.BPP_1").as<double>()[i * 2 + j];
  };
  const double steps = static_cast<double>(config.epochs) * config.dataset_size *
                       static_cast<double>(config.presentation_steps());
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      CHECK(difference(run.weights, i, j) ==
            Approx(difference(start, i, j) * std::pow(1 - config.dt * 2 * 0.5, steps))
                .epsilon(1e-9)
                .margin(1e-12));
}

TEST_CASE("rivals: what a rule cannot do is told by its key", "[microcircuit]") {
  const auto error = [](std::vector<std::string> overrides) -> std::string {
    try {
      published("smoke", overrides);
    } catch (const UserError& problem) {
      return problem.what();
    }
    return "";
  };
  CHECK_THAT(error({"model_type=KP", "task=bw_only"}),
             Catch::Contains("model_type: KP changes BPP along with WPP"));
  CHECK_THAT(error({"model_type=WM"}), Catch::Contains("Tmirror: shorter than a step"));
  CHECK_THAT(
      error({"model_type=WM", "Tmirror=0.2"}),
      Catch::Contains("Tmirror: leaves nothing of the presentation; expected less than Tpres 0.2, got 0.2"));
  CHECK_THAT(error({"model_type=SS", "version=phased"}),
             Catch::Contains("model_type: not a model of version phased"));
  CHECK_THAT(error({"quirks=original", "dtxi=0.02", "noise_scale=[0, 0.1]"}),
             Catch::Contains("noise_scale: of 0 takes the original's counter of noise along"));
}
