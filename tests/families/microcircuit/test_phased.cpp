// The phased version: against published numbers (microcircuit.md 11.6), and option by option against an
// independent implementation in NumPy, scripts/reference/oracles/microcircuit/phased.py, whose numbers are in
// phased_options.json; and with `quirks: original`, microcircuit_original.py and phased_quirks.json.
#include <fstream>

#include <nlohmann/json.hpp>

#include "families/microcircuit/analysis/angles.hpp"
#include "families/microcircuit/analysis/increments.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::microcircuit;
using nlohmann::json;

namespace {

Config phased(json config) {
  const test::TemporaryDirectory folder;
  config["family"] = "microcircuit";
  config["version"] = "phased";
  if (!config.contains("noise_type")) config["noise_type"] = "hold_white_noise";
  test::spit(folder / "case.yaml", config.dump());  // JSON is YAML
  return config_of(folder / "case.yaml");
}

json small(json overrides) {
  json config = json::parse(R"({
    "task": "bw_only", "model_type": "DTPDRL", "layers": [2, 3, 2], "random_seed": [325551], "epochs": 1,
    "activation": "logistic", "settling_time": 1, "noise_scale": [0.1, 0.1], "alpha": [0, 0], "eta_fw": [0, 0, 0],
    "eta_bw": [2000, 2000], "eta_IP": [0], "eta_PI": [50, 50], "init_WPP_range": [-1, 1], "init_BPP_range": [-1, 1]})");
  config.update(overrides);
  return config;
}

// A run, with the state of its only student, or the first.
struct Simulation {
  explicit Simulation(const Config& config)
      : circuit(config), layout(circuit), run(config), seed(std::to_string(config.random_seed[0])) {
    const auto values = find(run.state, "students/" + seed + "/circuit").as<double>();
    state = State{{values.begin(), values.end()}, scalar<std::int64_t>(run.state, "age")};
  }
  std::span<const double> operator[](const Slot& slot) const { return state[slot]; }

  Circuit circuit;
  Layout layout;
  Finished run;
  std::string seed;
  State state;
};

// Ten decimals are printed.
void check_printed(std::span<const double> got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) < 6e-11);
  }
}

double sum_of(const Simulation& student, const Slots& slots, bool absolute) {
  double sum = 0;
  for (const Slot& slot : slots)
    for (const double x : student[slot]) sum += absolute ? std::abs(x) : x;
  return sum;
}

// "WPP_3[0][0]", "WIP[0][0]", "sum|BPP|", "sum eps_LO"
double value_of(const Simulation& student, const std::string& what) {
  const Layout& m = student.layout;
  if (what == "sum|BPP|") return sum_of(student, m.BPP, true);
  if (what == "sum|WPP|") return sum_of(student, m.WPP, true);
  if (what == "sum eps_LO") return sum_of(student, m.epsilon_LO, false);
  std::string name = student.seed + "." + what.substr(0, what.find('['));
  if (what.starts_with("WIP")) name += "_" + std::to_string(student.circuit.N - 1);
  return find(student.run.weights, name).as<double>()[0];
}

}  // namespace

TEST_CASE("phased: published weights of DTPDRL, by noise mode", "[microcircuit]") {
  const auto check = [](const char* mode, const std::vector<double>& BPP, double epsilon, double epsilon_LO) {
    CAPTURE(mode);
    const Simulation s(phased(small({{"noise_mode", mode}})));
    check_printed(s[s.layout.BPP[1]], BPP);
    CHECK(std::abs(s[s.layout.epsilon[1]][0] - epsilon) < 6e-12);
    CHECK(std::abs(s[s.layout.epsilon_LO[1]][0] - epsilon_LO) < 6e-12);
    const auto W = s[s.layout.WPP[2]];  // 2 x 3
    check_printed(std::vector{W[0], W[3], W[1], W[4], W[2], W[5]},
                  {-0.8673059688, -0.9059905646, -0.7621437187, 0.5362438969, 0.8335910941, -0.083170359});
  };
  check("uP", {-0.1404041605, -0.3571429898, -0.7735030585, -0.651120743, -0.3020372636, 0.4212457468}, 1, 1);
  check("vapi", {-0.1383704209, -0.4193686903, -0.8557306917, -0.7597066804, -0.344566238, 0.439613035}, 1,
        1);
  check("uP_adaptive",
        {-0.1367419233, -0.3854046782, -0.8340366995, -0.7193920136, -0.3185445827, 0.4298676095},
        0.31038404885, 0.40716889655);
}

TEST_CASE("phased: published weights of DTPDRL with two hidden layers", "[microcircuit]") {
  const Simulation s(phased(small({{"noise_mode", "uP_adaptive"}, {"layers", {2, 4, 3, 2}}})));
  check_printed(s[s.layout.BPP[1]], {-0.4473393973, -0.0745976544, 0.0880525659, 0.8870673505, -0.222437944,
                                     -0.2315701425, -0.6299376663, 0.2280640832});
  check_printed(s[s.layout.BPP[2]],
                {0.7508709089, 0.5634345112, -0.9668053629, 0.3695766116, 0.9419934471, 0.1716765391});
  check_printed(s[s.layout.epsilon_LO[1]], {0.4318801632});
  check_printed(s[s.layout.epsilon_LO[2]], {0.4429144160});
  CHECK(s[s.layout.active][0] == 0);
}

TEST_CASE("phased: published weights and error of the template", "[microcircuit]") {
  const Simulation s(published("phased_template", {"epochs=2"}));
  check_printed(s[s.layout.WPP[1]], {0.8397859588});
  check_printed(s[s.layout.WPP[2]], {0.3808198543});
  check_printed(s[s.layout.WIP[1]], {0.3806761285});
  check_printed(s[s.layout.BPP[1]], {0.5075625148});
  check_printed(s[s.layout.BPI[1]], {-0.5075625148});
  const Config config = published("phased_template");
  const Teacher teacher = *make_material(config, 0).teacher;
  check_printed(teacher.final[s.layout.WPP[1]], {0.9715281236});
  check_printed(teacher.final[s.layout.WPP[2]], {0.3718233936});
  const auto errors = s.run.series(s.seed, "MSE").last(100);
  CHECK(std::accumulate(errors.begin(), errors.end(), 0.0) / 100 == Approx(2.0929e-06).epsilon(3e-5));
}

TEST_CASE("phased: each option agrees with NumPy", "[microcircuit]") {
  const std::string name = GENERATE("phased_options.json", "phased_quirks.json");
  std::ifstream file(TSD_SOURCE_DIR "/tests/families/microcircuit/" + name);
  const json cases = json::parse(file);
  REQUIRE(cases.size() == (name == "phased_options.json" ? 17 : 8));
  for (const auto& item : cases) {
    CAPTURE(item["name"].get<std::string>());
    const Simulation student(phased(item["overrides"]));
    for (const auto& [what, expected] : item["expected"].items()) {
      CAPTURE(what);
      const double value = expected.get<double>();
      // NumPy's lookahead multiplies the rounding of potentials by tau / dt, about 500, and rates are high: a
      // change of its potentials by one unit in the last place per step moves these numbers by up to 4e-12.
      CHECK(std::abs(value_of(student, what) - value) < 1e-11 * std::max(1.0, std::abs(value)));
    }
  }
}

TEST_CASE("phased: a run resumed amid an epoch and a phase equals one without a break", "[microcircuit]") {
  // 12000 steps per epoch: two stretches of 10000 and 2000.
  const Config config = phased(small({{"task", "fw_bw"},
                                      {"layers", {2, 4, 3, 2}},
                                      {"random_seed", {7, 8}},
                                      {"noise_mode", "uP_adaptive"},
                                      {"Tpres", 20},
                                      {"dataset_size", 6},
                                      {"Tbw", 0.7},
                                      {"dtxi", 0.1},
                                      {"tausyn", 0.1},
                                      {"eta_bw", {200, 200}},
                                      {"rec_BPP", true},
                                      {"rec_epsilon_LO", true},
                                      {"rec_dBPP", true},
                                      {"rec_MSE", true}}));
  const Finished straight(config);
  MicrocircuitExperiment first(config, Finished::context());
  REQUIRE(first.total_steps() == 3);
  first.step();
  first.step();
  MicrocircuitExperiment second(config, Finished::context());
  second.restore(first.state());
  second.step();
  const Arrays resumed = second.state();
  REQUIRE(resumed.size() == straight.state.size());
  for (std::size_t i = 0; i < resumed.size(); ++i) {
    CAPTURE(resumed[i].name);
    CHECK(resumed[i].bytes == straight.state[i].bytes);
  }
}

TEST_CASE("phased: students share the noise of the original, or have their own", "[microcircuit]") {
  const auto noise = [](const char* rng, const char* seed) {
    const Finished run(phased(small({{"rng", rng},
                                     {"random_seed", {7, 8}},
                                     {"noise_mode", "uP"},
                                     {"layers", {1, 1, 1}},
                                     {"eta_bw", {0}},
                                     {"eta_PI", {0}},
                                     {"dtxi", 0.1},
                                     {"dataset_size", 5},
                                     {"rec_noise", true},
                                     {"rec_uP", true},
                                     {"rec_per_steps", 1}})));
    // Drawn in the first step of training, after 100 of settling, for the potential before its increment.
    return run.series(seed, "noise_1")[100] / (0.1 * std::abs(run.series(seed, "uP_1")[99]));
  };
  CHECK(noise("reference", "7") == Approx(noise("reference", "8")).epsilon(1e-12));
  CHECK(std::abs(noise("fast", "7") - noise("fast", "8")) > 1e-3);
  NumpyLegacy generator(7);  // of the input: in bw_only that of the first seed
  for (int sample = 0; sample < 5; ++sample) generator.random_sample();
  CHECK(noise("reference", "8") == Approx(generator.gauss()).epsilon(1e-12));
}

TEST_CASE("phased: noise visits one hidden layer after the other", "[microcircuit]") {
  const Finished run(phased(small({{"noise_mode", "uP"},
                                   {"layers", {2, 4, 3, 2}},
                                   {"Tbw", 0.5},
                                   {"dataset_size", 2},
                                   {"alpha", {1e-3, 1e-3}},
                                   {"rec_noise", true},
                                   {"rec_dBPP", true},
                                   {"rec_vapi", true},
                                   {"rec_vapi_noise", true},
                                   {"rec_per_steps", 1}})));
  const auto any = [](std::span<const double> values, std::size_t record, std::size_t width) {
    return std::ranges::any_of(values.subspan(record * width, width), [](double x) { return x != 0; });
  };
  for (std::size_t step = 0; step < 300; ++step) {
    CAPTURE(step);
    const bool learning = step >= 100, second = step / 50 % 2 == 0;  // the second layer is the first to learn
    CHECK(any(run.series("325551", "noise_1"), step, 4) == (learning && !second));
    CHECK(any(run.series("325551", "noise_2"), step, 3) == (learning && second));
    CHECK(any(run.series("325551", "dBPP_1"), step, 8) == (learning && !second));
    CHECK(any(run.series("325551", "dBPP_2"), step, 6) == (learning && second));
    CHECK(run.series("325551", "vapi_noise_2")[3 * step] ==
          run.series("325551", "vapi_2")[3 * step] + run.series("325551", "noise_2")[3 * step]);
  }
}

TEST_CASE("phased: recorded increments are what the weights did", "[microcircuit]") {
  const char* model = GENERATE("DTPDRL", "LDRL", "FA");
  CAPTURE(model);
  const Finished run(phased(small({{"task", "fw_bw"},        {"model_type", model},  {"noise_mode", "uP"},
                                   {"layers", {2, 4, 3, 2}}, {"Tbw", 0.3},           {"dtxi", 0.1},
                                   {"tausyn", 0.1},          {"dataset_size", 2},    {"eta_fw", {4, 3, 2}},
                                   {"eta_IP", {6}},          {"eta_bw", {200, 150}}, {"dWPP_low_pass", false},
                                   {"alpha", {1e-3, 1e-3}},  {"rec_per_steps", 1},   {"rec_WPP", true},
                                   {"rec_WIP", true},        {"rec_BPP", true},      {"rec_BPI", true},
                                   {"rec_dWPP", true},       {"rec_dWIP", true},     {"rec_dBPP", true},
                                   {"rec_dBPI", true}})));
  for (const std::string name : {"WPP_1", "WPP_3", "WIP_2", "BPP_1", "BPP_2", "BPI_1", "BPI_2"}) {
    CAPTURE(name);
    const auto W = run.series("325551", name), dW = run.series("325551", "d" + name);
    REQUIRE(W.size() == dW.size());
    const std::size_t width = W.size() / 300;
    double worst = 0;
    for (std::size_t e = 100 * width; e < W.size(); ++e)  // weights are frozen while settling
      worst = std::max(worst, std::abs(W[e] - W[e - width] - dW[e]));
    CHECK(worst < 1e-14);
    CHECK(*std::ranges::max_element(dW) !=
          (name.starts_with("BPP") && model == std::string("FA") ? 1.0 : 0.0));
  }
}

TEST_CASE("phased: in the self-predicting state apical potentials settle at 0", "[microcircuit]") {
  const Config config = phased(small({{"noise_mode", "uP"},
                                      {"layers", {5, 20, 10, 5}},
                                      {"Tpres", 10},
                                      {"noise_scale", {0.1, 0.1}},
                                      {"eta_fw", {0, 0, 0}},
                                      {"settling_time", 10}}));
  const Circuit circuit(config);
  const Layout layout(circuit);
  const Material material = make_material(config, 0);
  NumpyLegacy generator;
  const auto group = phased_group(layout, {&circuit, &generator});
  group->load(0, initial_state(circuit, layout, student_ranges(config), true, config.rng, material.seeds[0]));
  group->set_input(0, Simulated::row(material.shown.input, 5, 0));
  group->advance(1000, {}, false);
  const State state = group->save(0);
  for (std::size_t l = 1; l <= 2; ++l)
    for (const double v : state[state.now(layout).vapi[l]]) CHECK(std::abs(v) < 1e-13);
}

TEST_CASE("phased: angles follow the forward weights all the way to the output", "[microcircuit]") {
  const Config config =
      phased(small({{"noise_mode", "uP"}, {"layers", {2, 4, 3, 2}}, {"activation", "linear"}}));
  const Circuit circuit(config);
  const Layout layout(circuit);
  State state = initial_state(circuit, layout, student_ranges(config), true, config.rng, 7);
  const auto W2 = state[layout.WPP[2]], W3 = state[layout.WPP[3]], B = state[layout.BPP[1]];
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t k = 0; k < 2; ++k) {
      B[i * 2 + k] = 0;
      for (std::size_t j = 0; j < 3; ++j) B[i * 2 + k] += 3 * W3[k * 3 + j] * W2[j * 4 + i];
    }
  for (const AngleFacts& kind : kAngles) CHECK(kind.of(circuit, layout, state, 1) < 1e-5);  // acos near 1
  CHECK(angle_WPPT_BPP(circuit, layout, state, 2) > 1);
}

// Noise in proportion to the potential makes BPP diag(u^2) WPP^T: the feedback to each cell has the right
// direction.
TEST_CASE("phased: LDRL aligns the feedback to each cell with its forward weights", "[microcircuit]") {
  const Simulation s(published("phased_ldrl"));
  const auto B = s[s.layout.BPP[2]], W = s[s.layout.WPP[3]];
  for (std::size_t i = 0; i < 10; ++i) {
    CAPTURE(i);
    std::vector<double> forward;
    for (std::size_t k = 0; k < 5; ++k) forward.push_back(W[k * 10 + i]);
    CHECK(angle(B.subspan(i * 5, 5), forward) < 20);  // in five dimensions one in 400 random directions
  }
}

TEST_CASE("phased: what a version does not have is a config error", "[microcircuit]") {
  const auto refused = [](const std::string& version, const std::string& key, json config) {
    CAPTURE(version, key);
    const test::TemporaryDirectory folder;
    config["family"] = "microcircuit";
    config["version"] = version;
    test::spit(folder / "case.yaml", config.dump());
    try {
      config_of(folder / "case.yaml");
      return std::string("accepted");
    } catch (const ConfigError& error) {
      return std::string(error.what()).find(" " + key + ": ") != std::string::npos
                 ? std::string("refused")
                 : std::string(error.what());
    }
  };
  const json noisy = {{"model_type", "DTPDRL"}, {"noise_type", "hold_white_noise"}, {"noise_mode", "uP"}};
  const auto with = [&](const char* key, const json& value) {
    json config = noisy;
    config[key] = value;
    return config;
  };
  CHECK(refused("phased", "", noisy) == "accepted");
  CHECK(refused("phased", "model_type", with("model_type", "PAL")) == "refused");
  CHECK(refused("phased", "noise_type", with("noise_type", "OU")) == "refused");
  CHECK(refused("phased", "noise_mode", with("noise_mode", "const")) == "refused");
  CHECK(refused("phased", "noise_mode", with("noise_mode", "uP_breve")) == "refused");
  CHECK(refused("phased", "backend", with("backend", "torch")) == "refused");
  CHECK(refused("phased", "gate_regularizer", with("gate_regularizer", true)) == "refused");
  CHECK(refused("phased", "varphi_regularizer", with("varphi_regularizer", true)) == "refused");
  CHECK(refused("phased", "taur", with("taur", 0.5)) == "refused");
  CHECK(refused("phased", "tauHP", with("tauHP", 0.2)) == "refused");
  CHECK(refused("phased", "init_teacher_WPP_range", with("init_teacher_WPP_range", {-2, 2})) == "refused");
  CHECK(refused("phased", "Tbw", with("Tbw", 0.015)) == "refused");
  CHECK(refused("phased", "model_type",
                {{"model_type", "BP"},
                 {"layers", {2, 4, 3, 2}},
                 {"eta_fw", {1, 1, 1}},
                 {"eta_bw", {0, 0}},
                 {"eta_PI", {0, 0}},
                 {"alpha", {0, 0}},
                 {"noise_scale", {0, 0}}}) == "refused");
  CHECK(refused("current", "model_type", {{"model_type", "LDRL"}}) ==
        "accepted");  // PAL under its earlier name
  CHECK(refused("current", "noise_mode", {{"noise_mode", "uP_adaptive"}}) == "refused");
  CHECK(refused("current", "tausyn", {{"tausyn", 0.1}}) == "refused");
  CHECK(refused("current", "Tbw", {{"Tbw", 2}}) == "refused");
}
