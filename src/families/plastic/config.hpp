// What a plastic config says, in the option names of the original where they exist (plastic.md 5).
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/plastic/analysis/config.hpp"
#include "families/plastic/model/backend.hpp"
#include "tsd/engine/backend_choice.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/engine/schema/key_use.hpp"
#include "tsd/kernels/adamw.hpp"

namespace tsd::plastic {

enum class Criterion { consecutive, running };
enum class OnCap { advance, stop };
enum class Rng { reference, fast };
enum class OnDivergence { stop, drop };

struct Config {
  NetworkType network_type = NetworkType::Memo;
  std::vector<int> hidden_dims = {100, 100};
  std::vector<double> hetero_rates = {1, 1};
  std::vector<std::string> plastic_types = {"M", "A"};
  Change change = Change::hebbian;
  Bound bound = Bound::none;
  Rates decays = Rates::scalar;
  bool train_initial_P = false;
  bool strict = false;
  Sign eta_sign = Sign::free;

  int scene_time = 4, vec_len = 25, out_dim = 1;
  double VAR = 0.1, repeat_probability = 0.5;
  Again again = Again::frames;

  double lr = 1e-3, adam_eps = 1e-8;
  std::optional<double> lambda_init, eta_scalar_init;
  std::vector<double> adam_betas = {0.9, 0.999};
  int batch_size = 1;
  Bce bce = Bce::reference;
  bool reset_optimizer_per_R = false;

  double acc_threshold = 0.99;
  int acc_num = 5;
  Criterion criterion = Criterion::consecutive;
  int R_start = 1, R_increment = 1, T_min = 100, T_per_R = 20;
  std::int64_t max_iterations_per_R = 1'000'000;
  OnCap on_cap = OnCap::advance;
  bool mixed_R = false;
  std::optional<int> max_R;
  std::int64_t max_total_iterations = 100'000;
  std::optional<double> max_wall_seconds;

  int n_runs = 1, log_every = 100;
  Rng rng = Rng::reference;
  BackendChoice backend = BackendChoice::automatic;
  Arithmetic dtype = Arithmetic::float32;
  OnDivergence on_divergence = OnDivergence::stop;
  std::optional<std::string> init_file, data_file;

  Eval eval;
  RecordStates record_states;

  ModelSpec spec() const;
  InitialValues initial_values() const;
  TaskSpec task() const { return {vec_len, scene_time, VAR, repeat_probability, again}; }
  kernels::AdamW adam() const { return {lr, 0, adam_betas[0], adam_betas[1], adam_eps}; }
  int scenes(int R) const { return std::max(T_min, T_per_R * R); }
  double chance_at(int R) const;  // accuracy of calling every scene novel
  bool trivial(int R) const { return !data_file && chance_at(R) >= acc_threshold; }  // that masters R
  // Of the original's result folder; of a baseline, which it lacks, in the same style.
  std::string reference_name() const;
};

// What a config says in vain, each with the reason.
std::vector<UnusedKey> without_effect(const Config& config);

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
using PlasticConfiguration = ConfigurationOf<Config, class PlasticExperiment>;

}  // namespace tsd::plastic
