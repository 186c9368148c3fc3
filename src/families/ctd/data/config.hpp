// What a ctd_data config says; keys of the reference where they exist (ctd_data.md 5).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/ctd/data/model/model.hpp"
#include "tsd/engine/backend_choice.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::ctd_data {

struct DataSettings {
  // Where ctd-simulate puts the flip-flop's; it may be made later, other files have to be there.
  std::string file = "data/ctd/heldin_50_heldout_10_obs_noise_pseudoPoisson_dispersion_1.0_seed_0.h5";
  std::vector<std::string> sessions;  // more recordings, of other neurons
  bool provide_inputs = true;
  std::int64_t batch_size = 250;
  std::optional<std::int64_t> reshuffle_tv_seed;
  std::optional<double> reshuffle_tv_ratio;
  double sv_rate = 0;
  std::uint64_t sv_seed = 0;
};

// Transforms of a batch, and factors of its elementwise loss (2.4).
struct AugmentSettings {
  double cd_rate = 0, cd_pass_rate = 0;
  int spike_jitter_width = 0;
  double temporal_shift_std = 0;
  int temporal_shift_max = 6;
  bool share_shift = true;  // one draw for the encoders' data and the target
  bool ignore_nan = false, scale_by_quadrant = false;
  bool selective_backprop = false;
  bool trial_length_mask = false, trial_length_mask_valid = false;
};

enum class LossKind { poisson, multitask };

struct TrainSettings {
  std::int64_t epochs = 500;
  double lr = 2e-3, weight_decay = 0, grad_clip = 0.01, adam_epsilon = 1e-8;
  LossKind loss = LossKind::poisson;
  // LFADS
  bool lr_scheduler = true;
  double lr_stop = 1e-5, lr_decay = 0.95;
  std::int64_t lr_patience = 6, early_stopping_patience = 200;
  double loss_scale = 1e4;
  bool recon_reduce_mean = true;
  std::int64_t l2_start_epoch = 0, l2_increase_epoch = 80, kl_start_epoch = 0, kl_increase_epoch = 80;
  double kl_ic_scale = 1e-6, kl_co_scale = 1e-5;
  double l2_ic_enc_scale = 0, l2_ci_enc_scale = 0, l2_con_scale = 0, l2_gen_scale = 0, l2_readout_scale = 0;
};

// What the analysis nlb makes of a finished run (6.4).
struct NlbSettings {
  std::string dataset = "recording";  // group of the submission
  std::optional<std::string> target;  // file of what is scored against; none: the recording
  std::vector<std::string> behaviors = {"behavior"};
  std::vector<std::string> baselines = {"smoothing", "factor_analysis"};
  std::vector<double> smoothing_sd = {1, 2, 3, 5, 8, 12};  // steps; of these the best is taken
  int latents = 8;
};

enum class Kept { last, best, both };
enum class EvalDropout { none, reference };

struct Config {
  DataSettings data;
  ModelSpec model;
  TrainSettings train;
  AugmentSettings augment;
  NlbSettings nlb;
  Kept save = Kept::last;
  std::int64_t metrics_every = 100;
  bool metrics_ica = false;
  int posterior_samples = 0;  // that outputs are means of; 0: of posterior means
  EvalDropout eval_dropout = EvalDropout::none;
  BackendChoice backend = BackendChoice::automatic;
  std::optional<std::string> weights;  // to start from
};

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
using CtdDataConfiguration = ConfigurationOf<Config, class CtdDataExperiment>;

}  // namespace tsd::ctd_data
