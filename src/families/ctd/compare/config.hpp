// What a compare config says (compare.md 5.5, 5.6).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"
#include "tsd/engine/schema/key_use.hpp"

namespace tsd::compare {

enum class TrialLengths { automatic, extra, whole };
enum class ReferenceLatents { stored, resimulate };
enum class EvalDropout { none, reference };
enum class Phase { train, val, all };
enum class DsaVersion { v1, v2 };
enum class DsaScore { automatic, angular, euclidean, wasserstein };
enum class DsaGroup { O, SO, GL };
enum class DsaPoints { eigenvalues, singular_values };
enum class SearchMethod { adam, levenberg_marquardt };
enum class WayStarts { ends, latents };
enum class SystemModel { dmdc, n4sid };
enum class SystemScore { euclidean, angular };

// When something is asked of a network: in trials of one task (none: of all), in phases of them (none: in all
// steps).
struct Moment {
  std::optional<std::string> task;
  std::vector<std::string> phases;

  bool any() const { return task || !phases.empty(); }
};

struct ReferenceSettings {
  std::string recording;
  std::optional<std::string> task_model;  // run directory or safetensors file
  TrialLengths trial_lengths = TrialLengths::automatic;
  ReferenceLatents latents = ReferenceLatents::stored;
};

struct ModelSettings {
  std::vector<std::string> files;  // results.h5, run directories, directories of runs
  std::vector<std::string> names, groups;
};

struct MetricSettings {
  double cycle_con_var = 0.01;
  int align_components = 3;
  double confidence = 0.95;
  EvalDropout eval_dropout = EvalDropout::none;
};

// Phases of MultiTask's trials; of RandomTarget's, the 50 steps after the cue.
inline constexpr std::array kPhases = {"context", "stim1", "mem1", "stim2", "mem2", "response", "after_cue"};

struct FixedPointSettings {
  std::vector<std::string> inputs = {"zeros"};  // zeros, mean, trials, phase
  std::vector<std::vector<double>> vectors;     // further constant inputs
  SearchMethod method = SearchMethod::adam;
  int n_inits = 1024;
  std::int64_t relax_steps = 0;
  double noise_scale = 0, lr = 1e-3;
  std::int64_t max_iters = 10000;
  double q_thresh = 1e-5, slow_thresh = 1e-4, unique_tol = 1e-3;
  std::optional<double> join_within;
  bool valid_bins_only = true, jacobians = false;
  std::optional<std::string> task;  // starts from one task's validation trials, and from phases of them
  std::vector<std::string> phases;
  std::optional<std::string> to_task, to_phase;  // where inputs go on to, from these
  int way_points = 10;
  WayStarts way_starts = WayStarts::ends;
  bool from_reference = false;
  bool coupled = false;
  double lr_decay = 1;
  std::int64_t lr_decay_every = 1000;
  double freeze_below = 0;
  int newton_steps = 0;

  bool goes_on() const { return to_task || to_phase; }
  bool asks_for(const std::string& input) const;
  Moment moment() const { return {task, phases}; }
  Moment moment_at_end() const {
    return {to_task ? to_task : task, to_phase ? std::vector{*to_phase} : phases};
  }
};

struct DsaSettings {
  DsaVersion version = DsaVersion::v1;
  int n_delays = 20, delay_interval = 1, rank = 50;
  std::optional<double> rank_explained_variance = {};
  double lambda = 0;
  bool reduced_rank = false;
  DsaScore score = DsaScore::automatic;
  DsaPoints wasserstein_compare = DsaPoints::eigenvalues;
  DsaGroup group = DsaGroup::O;
  std::int64_t iters = 1500;
  double lr = 5e-3;
  Phase phase = Phase::val;
  double percent_data = 0.01;
  int restarts = 1, permutations = 0;
  bool split_half = false, intervals = false;
  std::vector<int> sweep_ranks = {}, sweep_delays = {};
  bool sweep_joined = false;

  DsaScore scored_by() const {
    if (score != DsaScore::automatic) return score;
    return version == DsaVersion::v1 ? DsaScore::angular : DsaScore::wasserstein;
  }
};

struct InputDsaSettings {
  SystemModel model = SystemModel::dmdc;
  int n_delays = 1;
  std::optional<int> rank;
  double lambda = 0;
  SystemScore score = SystemScore::euclidean;
  double percent_data = 1;
};

// Of validation trials.
struct WindowSettings {
  std::optional<std::string> task, phase;  // of trials; where steps count from
  int begin = 0;
  std::optional<int> steps;
};

struct RotationSettings : WindowSettings {
  int components = 6;
  double softening = 5;
  bool less_mean = true;
};

struct DemixSettings : WindowSettings {
  std::vector<std::string> factors = {"trial"};  // that conditions differ in: trial; or task, direction
  int directions = 8;
  int components = 3;
  double regulariser = 0;
  bool join_time = true;

  bool tells(const std::string& factor) const;
};

struct Config {
  ReferenceSettings reference;
  ModelSettings models;
  std::vector<std::string> parts = {"fixed_points", "dsa"};  // beside the scores
  MetricSettings metrics;
  FixedPointSettings fixed_points;
  DsaSettings dsa;
  InputDsaSettings input_dsa;
  RotationSettings jpca;
  DemixSettings dpca;

  bool has(const std::string& part) const;
};

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<UnusedKey> unused_keys_of_adam(const Config& config);  // where the search is another
std::vector<MemoryNeed> memory(const Config& config);
inline std::string cpu_alone(const Config&) { return "family: compare"; }
using CompareConfiguration = ConfigurationOf<Config, class CompareExperiment>;

}  // namespace tsd::compare
