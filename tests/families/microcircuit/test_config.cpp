// What a config may not say, and the original's JSON files (microcircuit.md 5, 9).
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

std::string message_of(const std::vector<std::string>& overrides) {
  try {
    published("fig3abc", overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("config: each contradiction is told by its key", "[microcircuit]") {
  struct Case {
    std::vector<std::string> overrides;
    std::string message;
  };
  const auto item = GENERATE(values<Case>({
      {{"eta_fw=[1, 1]"}, "eta_fw: too few values; expected at least 4, one per layer, got 2"},
      {{"eta_bw=[1, 2]"}, "eta_bw: too few values; expected at least 3, one per hidden layer, got 2"},
      {{"eta_IP=[]"},
       "eta_IP: too few values; expected at least 3, one per population of interneurons, got 0"},
      {{"eta_PI=[1]"}, "eta_PI: too few values; expected at least 3, one per hidden layer, got 1"},
      {{"alpha=[1]"}, "alpha: too few values; expected at least 3, one per hidden layer, got 1"},
      {{"noise_scale=[1]"}, "noise_scale: too few values; expected at least 3, one per hidden layer, got 1"},
      {{"activation=[relu, tanh]"},
       "activation: wrong length; expected one name, or 4, one per layer, got 2"},
      {{"activation=sigmoid"}, "activation: unknown choice"},
      {{"model_type=PBP"}, "model_type: unknown choice"},
      {{"settling_time=101"},
       "settling_time: longer than the data; expected at most Tpres * dataset_size, 100, got 101"},
      {{"Tpres=1.005"},
       "Tpres: not a whole number of Euler steps; expected a multiple of dt 0.01, got 1.005"},
      {{"dtxi=0.015"}, "dtxi: not a whole number of Euler steps; expected a multiple of dt 0.01, got 0.015"},
      {{"dtxi=0.2"},
       "tauxi: OU noise needs a slower process than its sampling; expected at least dtxi 0.2, got 0.1"},
      {{"init_WPP_range=[1, -1]"}, "init_WPP_range: lowest above highest; expected low, high, got 1, -1"},
      {{"init_BPI_range=[1]"}, "init_BPI_range: wrong length"},
      {{"gate_regularizer=true", "varphi_regularizer=true"},
       "varphi_regularizer: contradicts gate_regularizer"},
      {{"dWPP_r_low_pass=true", "dWPP_post_low_pass=true"},
       "dWPP_post_low_pass: contradicts dWPP_r_low_pass"},
      {{"copy_teacher_weights=true"},
       "copy_teacher_weights: bw_only has no teacher; expected false, got true"},
      {{"copy_teacher_voltages=true"},
       "copy_teacher_voltages: bw_only has no teacher; expected false, got true"},
      {{"random_seed=[7, 7]"}, "random_seed: repeats a seed; expected distinct seeds, got 7 twice"},
      {{"random_seed=[-1]"}, "random_seed[0]: out of range"},
      {{"noise_mode=uP_adaptive"}, "noise_mode: not in version current"},
      {{"layers=[5, 5]", "eta_fw=[1]"}, "layers: wrong length"},
  }));
  CHECK_THAT(message_of(item.overrides), Catch::Contains(item.message));
}

TEST_CASE("config: published step counts are whole although their quotients are not", "[microcircuit]") {
  CHECK(published("fig3abc", {"Tpres=0.29", "settling_time=0.29"}).presentation_steps() == 29);  // quirk Q2
  CHECK(published("fig6_tauxi1000_u").presentation_steps() == 10000);
}

TEST_CASE("config: a JSON file of the original", "[microcircuit]") {
  const test::TemporaryDirectory folder;
  test::spit(folder / "params.json",
             "{\n\t\"_comment\": \"time\",\n\t\"dt\": 1e-2,\n\t\"Tpres\": 1,\n\t\"_comment\": \"network\",\n"
             "\t\"layers\": [1, 1, 1],\n\t\"activation\": \"soft_relu\",\n\t\"model_type\": \"FA\",\n"
             "\t\"random_seed\": [123, 456],\n\t\"noise_deg\": 30,\n\t\"rec_MSE\": true,\n\t\"rec_epsilon\": "
             "false\n}\n");
  const std::array families = {family()};
  const ConfigFile file(folder / "params.json", families, &families[0]);
  const RunConfig run = file.resolve(std::nullopt, {"task=bw_only"});
  const Config& config = static_cast<const MicrocircuitConfiguration&>(*run.configuration).config();
  CHECK(run.name.ends_with("_params"));  // behind the name of its folder
  CHECK(config.task == Task::bw_only);
  CHECK(config.model_type == Model::FA);
  CHECK(config.activations() == std::vector{Activation::soft_relu, Activation::soft_relu});
  CHECK(config.random_seed == std::vector<std::int64_t>{123, 456});
  CHECK(config.records(Series::MSE));
  CHECK(ConfigFile(folder / "params.json", families).family().name == "microcircuit");
  test::spit(folder / "twice.json", "{\"dt\": 1, \"dt\": 2}");
  CHECK_THROWS_AS(ConfigFile(folder / "twice.json", families, &families[0]), ConfigError);
}

// The keys are those of the original's files, at 713a899 and, with LDRL, after tausyn was split in two
// (microcircuit.md 5.1).
TEST_CASE("config: version and family of the original's parameter files follow from their keys",
          "[microcircuit]") {
  const std::string common =
      R"("dt": 1e-2, "Tpres": 1, "dtxi": 1e-1, "dataset_size": 100, "epochs": 100, "layers": [1, 1, 1],
  "activation": "soft_relu", "noise_scale": [0.1, 0.1], "noise_deg": 30, "eta_fw": [50, 10], "eta_bw": [0],
  "eta_IP": [20], "eta_PI": [0], "alpha": [0e-5, 0], "random_seed": [325551, 333333], "dWPP_low_pass": false)";
  const test::TemporaryDirectory folder;
  const auto read = [&](const std::string& keys) {
    test::spit(folder / "params.json",
               "{\n\"_comment\": \"times in ms\",\n" + keys + ",\n" + common + "\n}\n");
    return config_of(folder / "params.json");
  };
  const Config phased =
      read(R"("model_type": "DTPDRL", "tausyn": 1e-2, "taueps": 1, "Tbw": 1, "noise_mode": "uP_adaptive")");
  CHECK(phased.version == Version::phased);
  CHECK(phased.noise_type == NoiseType::hold_white_noise);
  CHECK(phased.settling() == 1);
  const Config current = read(
      R"("model_type": "LDRL", "tauHP": 1e-1, "tauLO": 1e+2, "tauxi": 1e-1, "noise_type": "OU", "noise_mode": "const")");
  CHECK(current.version == Version::current);
  CHECK(current.noise_type == NoiseType::OU);
  CHECK(current.rule() == Model::PAL);
  CHECK_THROWS_WITH(
      read(
          R"("model_type": "DTPDRL", "tauHP": 1e-1, "tauLO": 1e+2, "noise_type": "OU", "noise_mode": "const")"),
      Catch::Contains(
          "model_type: not a model of version current; expected BP, FA, PAL, KP, WM, SS or DFA, got DTPDRL"));
}

TEST_CASE("config: LDRL of the current version is PAL to the bit", "[microcircuit]") {
  const std::vector<std::string> brief = {"random_seed=[123]", "epochs=1", "settling_time=1"};
  const auto BPP_1 = [&](const char* model) {
    auto overrides = brief;
    overrides.push_back(std::string("model_type=") + model);
    const Finished run(published("fig3abc", overrides));
    const auto values = find(run.weights, "123.BPP_1").as<double>();
    return std::vector(values.begin(), values.end());
  };
  const auto PAL = BPP_1("PAL");
  CHECK(PAL == BPP_1("LDRL"));
  CHECK(PAL != BPP_1("FA"));
}
