// Keys that nothing reads are refused; those of parts that are left out stand by.
#include "support/catch.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/compare.hpp"

namespace tsd::compare {
namespace {

std::string problems(const std::vector<std::string>& overrides) {
  const std::vector<Family> families = {family()};
  try {
    ConfigFile(TSD_SOURCE_DIR "/configs/compare/smoke.yaml", families).resolve(std::nullopt, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("config: keys that other keys switch off are refused", "[config]") {
  CHECK(problems({}) == "");
  const auto refused = [](const std::vector<std::string>& words, const std::string& by) {
    const std::string key = words.back().substr(0, words.back().find('='));
    CAPTURE(key);
    CHECK_THAT(problems(words),
               Catch::Contains(key + ": without effect; expected " + by + ", or not to be set"));
  };
  refused({"fixed_points.lr_decay_every=10"}, "fixed_points.lr_decay below 1");
  refused({"fixed_points.way_points=5"}, "fixed_points.to_task or fixed_points.to_phase");
  refused({"fixed_points.way_starts=latents"}, "fixed_points.to_task or fixed_points.to_phase");
  refused({"fixed_points.slow_thresh=1e-7"}, "a value above fixed_points.q_thresh");
  refused({"dsa.wasserstein_compare=sv"}, "dsa.score: wasserstein");
  refused({"dsa.score=wasserstein", "dsa.lr=0.1"}, "dsa.score: angular or euclidean");
  refused({"dsa.sweep_ranks=[]", "dsa.sweep_delays=[]", "dsa.sweep_joined=true"},
          "dsa.sweep_ranks and dsa.sweep_delays");
  CHECK(problems({"fixed_points.lr_decay=0.5", "fixed_points.lr_decay_every=10"}) == "");
  CHECK(problems({"parts=[dsa]", "fixed_points.way_points=5"}) == "");
  CHECK_THAT(problems({"fixed_points.inputs=[phase]"}), Catch::Contains("no phase to take the input of"));
  CHECK(problems({"parts=[dsa]", "fixed_points.inputs=[phase]", "fixed_points.to_phase=response"}) == "");
  CHECK(problems({"fixed_points.q_thresh=1e-3"}) == "");  // of configs that know no slow points
  CHECK_THAT(problems({"parts=[dpca]", "dpca.factors=[task, task]"}), Catch::Contains("dpca.factors"));
  CHECK(problems({"parts=[dsa]", "dpca.factors=[task, task]"}) == "");
  CHECK_THAT(problems({"dsa.version=v2", "dsa.group=SO(n)"}),
             Catch::Contains("dsa.group: not in version v2"));
  CHECK(problems({"parts=[fixed_points]", "dsa.version=v2", "dsa.group=SO(n)"}) == "");
  // What a config of the published search says of Adam is told of, not refused.
  CHECK(problems({"fixed_points.method=levenberg_marquardt"}) == "");
}

TEST_CASE("config: network and arm together go no way, and by steps of least squares alone", "[config]") {
  const std::string coupled = "fixed_points.coupled=true",
                    squares = "fixed_points.method=levenberg_marquardt",
                    phase = "fixed_points.phases=[stim1]";
  CHECK(problems({coupled, squares}) == "");
  CHECK_THAT(problems({coupled}),
             Catch::Contains("fixed_points.method: not for network and arm together; "
                             "expected levenberg_marquardt with coupled: true, got adam"));
  for (const std::string to : {"fixed_points.to_task=DelayPro", "fixed_points.to_phase=response"})
    CHECK_THAT(problems({coupled, squares, phase, to}),
               Catch::Contains("fixed_points.coupled: no way of network and arm together; "
                               "expected false with to_task or to_phase, got true"));
  CHECK(problems({"parts=[dsa]", coupled, phase, "fixed_points.to_phase=response"}) == "");
}

}  // namespace tsd::compare
