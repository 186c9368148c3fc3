// What a ctd_task config says, in the option names of the reference where they exist (ctd_task.md 5).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/ctd/task/model/backend.hpp"
#include "tsd/engine/backend_choice.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/engine/schema/key_use.hpp"
#include "tsd/kernels/adamw.hpp"

namespace tsd::ctd_task {

enum class TaskName { NBFF, MultiTask, RandomTarget };
enum class Rectifier { exp, softplus, sigmoid };
enum class Counts { pseudoPoisson, poisson };

struct TrainSettings {
  std::int64_t epochs = 500;
  double lr = 1e-3, weight_decay = 1e-8, gradient_clip_val = 1;
  std::int64_t batch_size = 256;
};

struct DataSettings {
  std::int64_t n_samples = 1000;
  std::uint64_t seed_offset = 0;  // added to the run's seed
};

// MultiTask as trained and as simulated.
struct MultiTaskSettings : MultiTask {
  std::vector<std::string> sim_task_list = multitask_names();
  bool grouped_sampler = true, all_batches = false;
};
struct RandomTargetSettings : RandomTarget {
  double sim_max_ep_duration = 1.55;
  bool sim_is_aligned = true, sim_move_bump = false;
};
struct NbffSettings : Nbff {
  bool sim_stim = false;
};

struct SimulatorSettings {
  int n_neurons_heldin = 50, n_neurons_heldout = 10;
  Rectifier rect_func = Rectifier::exp;
  double fr_scaling = 2;
  bool per_neuron = false;
  std::optional<double> mean_rate;  // spikes per step; none: what fr_scaling gives
  Counts obs_noise = Counts::pseudoPoisson;
  double dispersion = 1;       // Fano factor from 1 on
  std::vector<int> trim_inds;  // empty, or two: Python's slice [a - 1 : b]
  std::uint64_t seed = 0;

  int neurons() const { return n_neurons_heldin + n_neurons_heldout; }
};

struct Config {
  TaskName task = TaskName::NBFF;
  ModelSpec model;
  TrainSettings train;
  NbffSettings nbff;
  MultiTaskSettings multitask;
  RandomTargetSettings random_target;
  DataSettings data_task{1000, 0}, data_sim{1000, 100};
  SimulatorSettings simulator;
  int eval_trials = 20;
  int n_runs = 1;
  BackendChoice backend = BackendChoice::automatic;
  std::optional<std::string> weights;  // to start from

  Task training_task() const;
  Task simulated_task() const;
  ModelSpec spec() const;                  // with the task's extents
  std::vector<std::string> tasks() const;  // names of the conditions; empty but for MultiTask
};

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
using CtdTaskConfiguration = ConfigurationOf<Config, class CtdTaskExperiment>;

// Keys of the tasks that are not this one.
std::vector<UnusedKey> of_other_tasks(const Config& config);

}  // namespace tsd::ctd_task
