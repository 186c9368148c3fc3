// Keys that nothing reads are refused, with what would read them.
#include "support/catch.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/ctd_data.hpp"

namespace tsd::ctd_data {
namespace {

std::string problems(const std::string& config, const std::vector<std::string>& overrides) {
  const std::vector<Family> families = {family()};
  try {
    ConfigFile(TSD_SOURCE_DIR "/configs/" + config, families).resolve(std::nullopt, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

void check_refused(const std::string& config, const std::vector<std::string>& words, const std::string& by) {
  CAPTURE(config, words);
  const std::string text = problems(config, words), key = words.back().substr(0, words.back().find('='));
  CHECK_THAT(text, Catch::Contains(key + ": without effect; expected " + by + ", or not to be set"));
}

const std::string kSae = "ctd_data/smoke.yaml", kLfads = "ctd/smoke_lfads.yaml",
                  kSessions = "ctd_data/sessions.yaml";
const std::vector<std::string> kSupplied = {"model.ci_enc_dim=0", "model.con_dim=0", "model.co_dim=0",
                                            "model.co_prior=autoregressive"};

std::vector<std::string> with(std::vector<std::string> words, const std::string& word) {
  words.push_back(word);
  return words;
}

}  // namespace

TEST_CASE("ctd_data config: keys of the other family are refused") {
  CHECK(problems(kSae, {}) == "");
  CHECK(problems(kLfads, {}) == "");
  for (const char* word : {"model.gen_dim=7", "model.co_dim=2", "model.variational=false",
                           "train.loss_scale=10.0", "train.l2_gen_scale=1.0"})
    check_refused(kSae, {word}, "model.family: lfads");
  for (const char* word : {"model.latent_size=7", "model.cell=node", "model.encoder_window=0"})
    check_refused(kLfads, {word}, "model.family: sae");
}

TEST_CASE("ctd_data config: keys that other keys switch off are refused") {
  check_refused(kSae, {"model.vf_num_layers=2"}, "model.family: sae with cell: node");
  check_refused(kSae, {"model.flow_num_steps=2"}, "model.family: sae with readout: flow");
  check_refused(kSae, {"data.reshuffle_tv_ratio=0.5"}, "data.reshuffle_tv_seed");
  check_refused(kSae, {"data.sv_seed=5"}, "data.sv_rate above 0");
  check_refused(kLfads, {"train.lr_scheduler=false", "train.lr_patience=3"},
                "model.family: lfads with train.lr_scheduler: true");
  check_refused(kLfads, {"model.gamma_loc=0.5"}, "model.likelihood: zero_inflated_gamma");
  check_refused(kLfads, {"model.co_prior_tau=5.0"}, "a controller with model.co_prior: autoregressive");
  check_refused(kLfads, {"model.co_prior_loc=0.5"}, "model.co_prior: student_t with loc_fix: true");
  check_refused(kLfads, {"augment.scale_by_quadrant=true"}, "augment.ignore_nan: true");
  check_refused(kLfads, with(kSupplied, "train.kl_co_scale=1.0"),
                "a controller (model.co_dim and others above 0) with variational: true");
  check_refused(kLfads, with(kSupplied, "model.ci_lag=3"), "a controller (model.co_dim and others above 0)");
  check_refused(kLfads, {"model.readin=recorded"}, "data.sessions");
  check_refused(kSessions, {"model.log_bias=false"}, "model.readin: recorded with model.likelihood: poisson");
  CHECK(problems(kLfads, kSupplied) == "");
  CHECK(problems(kSae, {"model.cell=node", "model.vf_num_layers=2"}) == "");
  CHECK(problems(kSae, {"data.reshuffle_tv_seed=1", "data.reshuffle_tv_ratio=0.5"}) == "");
}

TEST_CASE("ctd_data config: readouts begin as the inverse of recorded read-ins where that is possible") {
  CHECK(problems(kSessions, {"model.readin=recorded"}) == "");
  CHECK_THAT(problems(kSessions, {"model.readin=recorded", "model.readin_dim=4"}),
             Catch::Contains("expected model.readin_dim, 4, with model.readin: recorded, got 8"));
  CHECK_THAT(problems(kSessions, {"model.readin=recorded", "model.likelihood=gaussian"}),
             Catch::Contains("expected poisson or mse, which have one output for each neuron"));
}

}  // namespace tsd::ctd_data
