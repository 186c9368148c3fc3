// The phased version: against published numbers (microcircuit.md 11.6), and option by option against an independent
// implementation in NumPy, scripts/reference/microcircuit_phased.py, whose numbers are in phased_options.json.
#include <fstream>

#include <nlohmann/json.hpp>

#include "families/microcircuit/angles.hpp"
#include "families/microcircuit/increments.hpp"
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

// The state of the only student, or the first.
struct Student {
  explicit Student(const Config& config)
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

double sum_of(const Student& student, const Slots& slots, bool absolute) {
  double sum = 0;
  for (const Slot& slot : slots)
    for (const double x : student[slot]) sum += absolute ? std::abs(x) : x;
  return sum;
}

// "WPP_3[0][0]", "WIP[0][0]", "sum|BPP|", "sum eps_LO"
double value_of(const Student& student, const std::string& what) {
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
    const Student s(phased(small({{"noise_mode", mode}})));
    check_printed(s[s.layout.BPP[1]], BPP);
    CHECK(std::abs(s[s.layout.epsilon[1]][0] - epsilon) < 6e-12);
    CHECK(std::abs(s[s.layout.epsilon_LO[1]][0] - epsilon_LO) < 6e-12);
    const auto W = s[s.layout.WPP[2]];  // 2 x 3
    check_printed(std::vector{W[0], W[3], W[1], W[4], W[2], W[5]},
                  {-0.8673059688, -0.9059905646, -0.7621437187, 0.5362438969, 0.8335910941, -0.083170359});
  };
  check("uP", {-0.1404041605, -0.3571429898, -0.7735030585, -0.651120743, -0.3020372636, 0.4212457468}, 1, 1);
  check("vapi", {-0.1383704209, -0.4193686903, -0.8557306917, -0.7597066804, -0.344566238, 0.439613035}, 1, 1);
  check("uP_adaptive",
        {-0.1367419233, -0.3854046782, -0.8340366995, -0.7193920136, -0.3185445827, 0.4298676095},
        0.31038404885, 0.40716889655);
}

TEST_CASE("phased: published weights of DTPDRL with two hidden layers", "[microcircuit]") {
  const Student s(phased(small({{"noise_mode", "uP_adaptive"}, {"layers", {2, 4, 3, 2}}})));
  check_printed(s[s.layout.BPP[1]], {-0.4473393973, -0.0745976544, 0.0880525659, 0.8870673505, -0.222437944,
                                     -0.2315701425, -0.6299376663, 0.2280640832});
  check_printed(s[s.layout.BPP[2]],
                {0.7508709089, 0.5634345112, -0.9668053629, 0.3695766116, 0.9419934471, 0.1716765391});
  check_printed(s[s.layout.epsilon_LO[1]], {0.4318801632});
  check_printed(s[s.layout.epsilon_LO[2]], {0.4429144160});
  CHECK(s[s.layout.active][0] == 0);
}

TEST_CASE("phased: published weights and error of the template", "[microcircuit]") {
  const Student s(published("phased_template", {"epochs=2"}));
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
  std::ifstream file(TSD_SOURCE_DIR "/tests/families/microcircuit/phased_options.json");
  const json cases = json::parse(file);
  REQUIRE(cases.size() == 17);
  for (const auto& item : cases) {
    CAPTURE(item["name"].get<std::string>());
    const Student student(phased(item["overrides"]));
    for (const auto& [what, expected] : item["expected"].items()) {
      CAPTURE(what);
      const double value = expected.get<double>();
      CHECK(std::abs(value_of(student, what) - value) < 1e-12 * std::max(1.0, std::abs(value)));
    }
  }
}
