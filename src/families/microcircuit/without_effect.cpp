#include "families/microcircuit/without_effect.hpp"

#include "tsd/engine/idle_keys.hpp"

namespace tsd::microcircuit {

namespace {

using Keys = IdleKeys<Config>;

void add_records(const Config& c, const std::string& why, std::initializer_list<Series> series, Keys& keys) {
  std::string all;
  for (const Series one : series)
    if (c.records(one))
      all += (all.empty() ? "rec_" : ", rec_") + std::string(kSeries[static_cast<std::size_t>(one)].name);
  if (!all.empty()) keys.add_key(why, all);
}

void of_model(const Config& c, Keys& keys) {
  if (is_noisy(c.model_type)) return;
  const std::string why =
      std::string("of models that learn BPP from noise, not of ") + (c.model_type == Model::BP ? "BP" : "FA");
  keys.add(
      why, TSD_KEY(Config, eta_bw), TSD_KEY(Config, noise_type), TSD_KEY(Config, noise_mode),
      TSD_KEY(Config, noise_scale), TSD_KEY(Config, noise_deg), TSD_KEY(Config, dtxi), TSD_KEY(Config, tauxi),
      TSD_KEY(Config, tauHP), TSD_KEY(Config, tauLO), TSD_KEY(Config, Tbw), TSD_KEY(Config, taueps),
      TSD_KEY(Config, tausyn), TSD_KEY(Config, alpha), TSD_KEY(Config, pyr_hi_pass),
      TSD_KEY(Config, gate_regularizer), TSD_KEY(Config, varphi_regularizer), TSD_KEY(Config, inter_low_pass),
      TSD_KEY(Config, dWPP_low_pass), TSD_KEY(Config, dWPP_r_low_pass), TSD_KEY(Config, dWPP_post_low_pass));
  add_records(c, why,
              {Series::rP_breve_HI, Series::vapi_noise, Series::noise, Series::epsilon, Series::epsilon_LO},
              keys);
  if (c.model_type == Model::BP) keys.add("model_type BP ties BPP to WPP", TSD_KEY(Config, init_BPP_range));
}

void of_task(const Config& c, Keys& keys) {
  if (c.task == Task::fw_bw) return;
  if (c.facts().freezes_WPP && !c.records(Series::dWPP))
    keys.add("task bw_only freezes WPP", TSD_KEY(Config, eta_fw));
  if (c.facts().freezes_WPP)
    keys.add("task bw_only freezes WPP", TSD_KEY(Config, dWPP_low_pass), TSD_KEY(Config, dWPP_r_low_pass),
             TSD_KEY(Config, dWPP_post_low_pass));
  keys.add("task bw_only has no teacher", TSD_KEY(Config, init_teacher_WPP_range),
           TSD_KEY(Config, init_teacher_WIP_range), TSD_KEY(Config, init_teacher_BPP_range),
           TSD_KEY(Config, init_teacher_BPI_range));
  add_records(c, "task bw_only has no teacher", {Series::MSE, Series::error, Series::target}, keys);
}

void of_noise(const Config& c, Keys& keys) {
  if (!is_noisy(c.model_type)) return;
  if (c.noise_type != NoiseType::OU) keys.add("noise_type hold_white_noise", TSD_KEY(Config, tauxi));
  if (c.noise_mode != NoiseMode::uP_adaptive)
    keys.add("noise_mode other than uP_adaptive", TSD_KEY(Config, noise_deg), TSD_KEY(Config, taueps));
  if (!c.pyr_hi_pass && c.version == Version::current) keys.add("pyr_hi_pass false", TSD_KEY(Config, tauHP));
}

}  // namespace

std::vector<std::string> without_effect(const Config& c) {
  Keys keys(c);
  of_model(c, keys);
  of_task(c, keys);
  of_noise(c, keys);
  if (c.init_in_SPS)
    keys.add("init_in_SPS", TSD_KEY(Config, init_WIP_range), TSD_KEY(Config, init_BPI_range));
  return keys.all();
}

}  // namespace tsd::microcircuit
