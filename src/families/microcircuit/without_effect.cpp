#include "families/microcircuit/without_effect.hpp"

namespace tsd::microcircuit {

namespace {

std::vector<std::string> with_records(std::vector<std::string> keys, std::initializer_list<Series> records) {
  for (const Series series : records)
    keys.push_back(std::string("rec_") + kSeries[static_cast<std::size_t>(series)].name);
  return keys;
}

std::vector<KeyUse> of_model(const Config& c) {
  const std::vector<std::string> rule = {"eta_bw",
                                         "noise_type",
                                         "noise_mode",
                                         "noise_scale",
                                         "noise_deg",
                                         "dtxi",
                                         "tauxi",
                                         "tauHP",
                                         "tauLO",
                                         "Tbw",
                                         "taueps",
                                         "tausyn",
                                         "pyr_hi_pass",
                                         "gate_regularizer",
                                         "varphi_regularizer",
                                         "inter_low_pass",
                                         "dWPP_low_pass",
                                         "dWPP_r_low_pass",
                                         "dWPP_post_low_pass"};
  return {
      {with_records(rule, {Series::rP_breve_HI, Series::vapi_noise, Series::noise, Series::epsilon,
                           Series::epsilon_LO}),
       is_noisy(c.model_type), "a model_type that learns BPP from noise"},
      {{"alpha"}, is_noisy(c.model_type) || c.model_type == Model::KP, "a model_type in which BPP decays"},
      {{"Tmirror"}, c.model_type == Model::WM, "model_type: WM"},
      {{"init_BPP_range"}, c.model_type != Model::BP, "a model_type other than BP, which ties BPP to WPP"}};
}

std::vector<KeyUse> of_task(const Config& c) {
  const std::string by = "task: fw_bw";
  const bool taught = c.task != Task::bw_only, learns = c.learns_forward();
  const std::vector<std::string> teacher = {"init_teacher_WPP_range", "init_teacher_WIP_range",
                                            "init_teacher_BPP_range", "init_teacher_BPI_range"};
  return {{{"eta_fw"}, learns || c.records(Series::dWPP), by + " or rec_dWPP"},
          {{"dWPP_low_pass", "dWPP_r_low_pass", "dWPP_post_low_pass"}, learns, by},
          {teacher, c.task == Task::fw_bw, by},
          {with_records({}, {Series::MSE, Series::error, Series::target}), taught, by},
          {{"test_size", "data_seeds"}, c.task == Task::yin_yang, "task: yin_yang"},
          {{"test_every"}, c.tested(), "task: yin_yang or test_file"},
          {{"class_targets"}, c.task == Task::yin_yang || c.input_file, "task: yin_yang or input_file"}};
}

std::vector<KeyUse> of_noise(const Config& c) {
  if (!is_noisy(c.model_type)) return {};
  return {
      {{"tauxi"}, c.noise_type == NoiseType::OU, "noise_type: OU"},
      {{"noise_deg", "taueps"}, c.noise_mode == NoiseMode::uP_adaptive, "noise_mode: uP_adaptive"},
      {{"tauHP"}, c.pyr_hi_pass || c.version != Version::current, "pyr_hi_pass: true"},
  };
}

}  // namespace

std::vector<UnusedKey> without_effect(const Config& c) {
  const bool weights = c.keep_weights_every > 0 || (c.records(Series::WPP) && c.records(Series::BPP));
  std::vector<KeyUse> uses = {{{"reset_sets"}, weights, "keep_weights_every, or rec_WPP and rec_BPP"},
                              {{"init_WIP_range", "init_BPI_range"}, !c.init_in_SPS, "init_in_SPS: false"}};
  for (const auto& more : {of_model(c), of_task(c), of_noise(c)})
    uses.insert(uses.end(), more.begin(), more.end());
  return unused_keys(c, uses);
}

}  // namespace tsd::microcircuit
