#include "families/ctd/task/config.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "families/ctd/shared/arm/arm_config.hpp"
#include "tsd/engine/schema/key_use.hpp"

namespace tsd::ctd_task {

using namespace ctd;

void describe(Schema& s, ModelSpec& m) {
  s.choice("type", m.type,
           {{"GRU_RNN", ModelType::GRU_RNN},
            {"NoisyGRU", ModelType::NoisyGRU},
            {"NoisyGRULatentL2", ModelType::NoisyGRULatentL2},
            {"Vanilla_RNN", ModelType::Vanilla_RNN},
            {"DriscollRNN", ModelType::DriscollRNN},
            {"NODE", ModelType::NODE}},
           "recurrent model");
  s.field("latent_size", m.H, "latent units").range(1, 4096);
  s.field(
       "noise_level", m.noise_level,
       "standard deviation of the noise in every step: of the state (NoisyGRU, NoisyGRULatentL2), or under "
       "the tanh (DriscollRNN)")
      .at_least(0)
      .may_change();
  s.field("latent_ic_var", m.latent_ic_std,
          "standard deviation, despite its name, of the initial state of GRU models")
      .at_least(0);
  s.field("l2_wt", m.l2_wt, "weight of the latent trajectory's norm in the loss (NoisyGRULatentL2)")
      .at_least(0)
      .may_change();
  s.field("gamma", m.gamma, "part of the state that is new in a step (DriscollRNN)").range(0, 1);
  s.field("standard_leak", m.standard_leak,
          "DriscollRNN keeps a part of the state itself, not of its recurrent input as in the original");
  s.field("layer_hidden_size", m.hidden, "width of the hidden layers (NODE)").range(1, 65536);
  s.field("num_layers", m.num_layers, "linear layers (NODE)").range(2, 64);
}

void describe(Schema& s, TrainSettings& t) {
  s.field("epochs", t.epochs, "end of the training; 0: none, the weights are evaluated as they are")
      .formerly("max_epochs")
      .range(0, 1e9)
      .unit("epochs")
      .may_change();
  s.field("lr", t.lr, "Adam step size").above(0).formerly("learning_rate").may_change();
  s.field("weight_decay", t.weight_decay, "L2 term, added to the gradient").at_least(0).may_change();
  s.field("gradient_clip_val", t.gradient_clip_val, "largest 2-norm of the gradient; 0: no limit")
      .at_least(0)
      .may_change();
  s.field("batch_size", t.batch_size, "trials per update").range(1, 1e6);
}

namespace {
const std::vector<std::string> kRecording = {"recording"};
}

void describe(Schema& s, DataSettings& d) {
  s.field("n_samples", d.n_samples, "trials; of each task, for MultiTask").range(2, 1e7);
  s.field("seed_offset", d.seed_offset, "added to the run's seed").range(0, 1e9);
}

void describe(Schema& s, NbffSettings& n) {
  s.field("n", n.n, "bits").range(1, 1024);
  s.field("n_timesteps", n.n_timesteps, "steps of a trial").range(6, 100000).read_by(kRecording);
  s.field("noise", n.noise, "standard deviation of the inputs' noise, drawn once")
      .at_least(0)
      .read_by(kRecording);
  s.field("dynamic_noise", n.dynamic_noise, "standard deviation of noise on the inputs, drawn in every pass")
      .may_change()
      .at_least(0)
      .read_by(kRecording);
  s.field("switch_prob", n.switch_prob, "probability of a pulse of one sign, per bit and step")
      .range(0, 0.5)
      .read_by(kRecording);
  s.field("transition_blind", n.transition_blind, "steps without loss after a change").range(0, 100000);
  s.field("stim", n.stim,
          "raise the input of one bit per trial in its middle half, by 0.5 to 1.5, for training");
  s.field("sim_stim", n.sim_stim, "the same for simulation").read_by(kRecording);
}

void describe(Schema& s, MultiTaskSettings& m) {
  s.field("task_list", m.task_list, "tasks in order of generation, for training")
      .one_of(multitask_names())
      .length(1, 15);
  s.field("sim_task_list", m.sim_task_list, "the same for simulation")
      .one_of(multitask_names())
      .length(1, 15)
      .read_by(kRecording);
  s.field("n_timesteps", m.n_timesteps, "steps that trials are padded to")
      .range(1, 100000)
      .read_by(kRecording);
  s.field("bin_size", m.bin_size, "length of a step").range(1, 1000).unit("ms");
  s.field("num_targets", m.num_targets, "directions on the ring").range(1, 100000);
  s.field("noise", m.noise, "standard deviation of the inputs' noise, drawn once")
      .at_least(0)
      .read_by(kRecording);
  s.field("dynamic_noise", m.dynamic_noise, "standard deviation of noise on the inputs, drawn in every pass")
      .may_change()
      .at_least(0)
      .read_by(kRecording);
  s.field("grouped_sampler", m.grouped_sampler, "batches of one task each");
  s.field("all_batches", m.all_batches,
          "with the grouped sampler, every batch in each epoch; the original leaves some out");
  s.field("latent_l2_wt", m.latent_l2_wt, "weight of the squared latents in the loss")
      .at_least(0)
      .may_change();
}

void describe(Schema& s, RandomTargetSettings& r) {
  s.field("max_ep_duration", r.max_ep_duration, "length of a trial, for training")
      .range(0.01, 1000)
      .unit("s");
  s.field("sim_max_ep_duration", r.sim_max_ep_duration, "the same for simulation")
      .range(0.01, 1000)
      .unit("s")
      .read_by(kRecording);
  s.field("is_aligned", r.is_aligned, "target and cue at fixed times, no catch trials, for training");
  s.field("sim_is_aligned", r.sim_is_aligned, "the same for simulation").read_by(kRecording);
  s.field("move_bump", r.move_bump,
          "one reach of 0.4 m in all trials, pushed sideways by 15 to 40 N in its course, for training");
  s.field("sim_move_bump", r.sim_move_bump, "the same for simulation").read_by(kRecording);
  s.field("action_noise", r.action_noise, "standard deviation of the noise on commands")
      .at_least(0)
      .may_change()
      .read_by(kRecording);
  s.field("proprioception_noise", r.proprioception_noise, "standard deviation of the noise on muscle states")
      .at_least(0)
      .may_change()
      .read_by(kRecording);
  s.field("vision_noise", r.vision_noise, "standard deviation of the noise on the hand's position")
      .at_least(0)
      .may_change()
      .read_by(kRecording);
  s.field("independent_sensor_noise", r.independent_sensor_noise,
          "noise of its own on each sensor; the original gives one number to all of a modality");
  describe(s, static_cast<ArmLoop&>(r));
  s.field("pos_weight", r.pos_weight, "weight of the position loss").at_least(0).may_change();
  s.field("act_weight", r.act_weight, "weight of the commands' squares").at_least(0).may_change();
  s.field("context_input_noise", r.context_input_noise,
          "standard deviation of the noise on target and cue, drawn once")
      .at_least(0)
      .read_by(kRecording);
  s.field("bump_mag_low", r.bump_mag_low, "weakest push").unit("N").read_by(kRecording);
  s.field("bump_mag_high", r.bump_mag_high, "strongest push").unit("N").read_by(kRecording);
}

void describe(Schema& s, SimulatorSettings& m) {
  s.field("n_neurons_heldin", m.n_neurons_heldin, "first columns of a recording").range(1, 1e6);
  s.field("n_neurons_heldout", m.n_neurons_heldout, "last columns, for reconstruction only").range(0, 1e6);
  s.choice("rect_func", m.rect_func,
           {{"exp", Rectifier::exp}, {"softplus", Rectifier::softplus}, {"sigmoid", Rectifier::sigmoid}},
           "from standardised activity to rate");
  s.field("fr_scaling", m.fr_scaling, "divides the activity; larger: flatter rates").above(0);
  s.field("per_neuron", m.per_neuron,
          "standardise the activity of each neuron by itself; the original takes all together");
  s.field("mean_rate", m.mean_rate, "scale rates to this mean over neurons; none: they are as they come")
      .above(0)
      .unit("spikes per step");
  s.choice("obs_noise", m.obs_noise, {{"pseudoPoisson", Counts::pseudoPoisson}, {"poisson", Counts::poisson}},
           "counts by dispersion from PCG64, or Poisson from the legacy stream");
  s.field("dispersion", m.dispersion,
          "of pseudoPoisson counts: their Fano factor from 1 on; below, the probability of a binomial, as in "
          "the original")
      .above(0);
  s.field("trim_inds", m.trim_inds, "none, or [a, b]: keep Python's slice [a - 1 : b] of each trial");
  s.field("seed", m.seed, "of permutations and counts").range(0, 4294967295.0);
}

void describe(Schema& s, Config& c) {
  s.choice("task", c.task,
           {{"NBFF", TaskName::NBFF},
            {"MultiTask", TaskName::MultiTask},
            {"RandomTarget", TaskName::RandomTarget}},
           "what the network is trained to do");
  s.group("model", c.model, "the network");
  s.group("train", c.train, "how it learns");
  s.group("nbff", c.nbff, "n-bit flip-flop");
  s.group("multitask", c.multitask, "fifteen cognitive tasks");
  s.group("random_target", c.random_target, "reaches of a two-joint arm");
  s.group("data_task", c.data_task, "data for training");
  s.group("data_sim", c.data_sim, "data for simulation").read_by(kRecording);
  s.group("simulator", c.simulator, "from latents to spikes").read_by(kRecording);
  s.field("eval_trials", c.eval_trials,
          "validation trials whose courses are kept in the results; of MultiTask the first of each task, "
          "then the second")
      .range(0, 1e6);
  s.field("n_runs", c.n_runs, "independent networks, with seeds seed, seed + 1, ..").range(1, 10000);
  s.field("weights", c.weights, "safetensors file of parameters to start from, PyTorch's names")
      .must_exist()
      .read_before_the_first_step();
  describe_backend(s, c.backend);
}

namespace {

void check_multitask(const Config& c, Problems& problems) {
  const auto check = [&](const char* key, const std::vector<std::string>& list) {
    if (std::set<std::string>(list.begin(), list.end()).size() != list.size())
      problems.add(std::string("multitask.") + key, "a task twice", "each task once",
                   std::to_string(list.size()) + " names");
    MultiTask task = c.multitask;
    task.task_list = list;
    if (task.longest_trial() > task.n_timesteps)
      problems.add("multitask.n_timesteps", "trials may be longer than the padding",
                   "at least " + std::to_string(task.longest_trial()), std::to_string(task.n_timesteps));
  };
  if (c.multitask.bin_size > 100) {
    problems.add("multitask.bin_size", "a phase without steps", "at most 100",
                 std::to_string(c.multitask.bin_size));
    return;
  }
  check("task_list", c.multitask.task_list);
  check("sim_task_list", c.multitask.sim_task_list);
}

bool is_multiple(double duration) {
  const double steps = duration / kArmStep;
  return std::fabs(steps - std::round(steps)) < 1e-6;
}

void check_reach(const Config& c, Problems& problems) {
  const RandomTargetSettings& r = c.random_target;
  const auto check = [&](const char* key, double value) {
    if (!is_multiple(value))
      problems.add(std::string("random_target.") + key, "not a multiple of the time step",
                   "a multiple of " + number_text(kArmStep) + " s", number_text(value));
  };
  check("proprioception_delay", r.proprioception_delay);
  check("vision_delay", r.vision_delay);
  check("max_ep_duration", r.max_ep_duration);
  check("sim_max_ep_duration", r.sim_max_ep_duration);
  const auto check_length = [&](const char* key, double duration, bool fixed_times) {
    const double least = fixed_times ? 0.71 : 0.35;
    if (duration < least)
      problems.add(std::string("random_target.") + key, "too short for target and cue",
                   "at least " + number_text(least), number_text(duration));
  };
  check_length("max_ep_duration", r.max_ep_duration, r.is_aligned || r.move_bump);
  check_length("sim_max_ep_duration", r.sim_max_ep_duration, r.sim_is_aligned || r.sim_move_bump);
}

// Postures that trials begin with lie between these, in degrees (ctd_task.md 2.4).
constexpr double kStarts[2][2] = {{30, 105}, {30, 125}};
constexpr double kDegree = std::numbers::pi / 180;

void check_arm(const ArmModel& arm, Problems& problems) {
  const std::string at = "random_target.";
  for (std::size_t joint = 0; joint < 2; ++joint) {
    const auto [least, most] = kStarts[joint];
    if (arm.pos_lower_bound[joint] > least * kDegree)
      problems.add(at + "pos_lower_bound", "trials begin outside it",
                   "at most " + number_text(least * kDegree) + " for joint " + std::to_string(joint),
                   number_text(arm.pos_lower_bound[joint]));
    if (arm.pos_upper_bound[joint] < most * kDegree)
      problems.add(at + "pos_upper_bound", "trials begin outside it",
                   "at least " + number_text(most * kDegree) + " for joint " + std::to_string(joint),
                   number_text(arm.pos_upper_bound[joint]));
    if (arm.vel_lower_bound[joint] > 0)
      problems.add(at + "vel_lower_bound", "trials begin at rest", "at most 0",
                   number_text(arm.vel_lower_bound[joint]));
    if (arm.vel_upper_bound[joint] < 0)
      problems.add(at + "vel_upper_bound", "trials begin at rest", "at least 0",
                   number_text(arm.vel_upper_bound[joint]));
  }
}

void check_trim(const Config& c, Problems& problems) {
  const auto& trim = c.simulator.trim_inds;
  if (trim.empty()) return;
  const int T = shape_of(c.simulated_task()).T;
  const bool fits = trim.size() == 2 && trim[0] >= 1 && (trim[1] < 0 ? T + trim[1] : trim[1]) <= T &&
                    (trim[1] < 0 ? T + trim[1] : trim[1]) > trim[0] - 1;
  if (!fits)
    problems.add("simulator.trim_inds", "not a part of the trial",
                 "two numbers, 1 <= a, that leave some of " + std::to_string(T) + " steps",
                 std::to_string(trim.size()) + " numbers");
}

}  // namespace

namespace {

std::vector<KeyUse> key_uses(const Config& c) {
  const ModelType type = c.model.type;
  const RandomTargetSettings& r = c.random_target;
  const bool noisy = type == ModelType::NoisyGRU || type == ModelType::NoisyGRULatentL2,
             driscoll = type == ModelType::DriscollRNN, reach = c.task == TaskName::RandomTarget,
             multitask = c.task == TaskName::MultiTask;
  return {
      {{"model.noise_level"}, noisy || driscoll, "model.type: NoisyGRU, NoisyGRULatentL2 or DriscollRNN"},
      {{"model.latent_ic_var"}, c.model.is_gru(), "model.type: GRU_RNN, NoisyGRU or NoisyGRULatentL2"},
      {{"model.l2_wt"}, c.model.has_latent_l2(), "model.type: NoisyGRULatentL2"},
      {{"model.gamma", "model.standard_leak"}, driscoll, "model.type: DriscollRNN"},
      {{"model.layer_hidden_size", "model.num_layers"}, type == ModelType::NODE, "model.type: NODE"},
      {{"multitask.all_batches"},
       !multitask || c.multitask.grouped_sampler,
       "multitask.grouped_sampler: true"},
      {{"random_target.is_aligned"}, !reach || !r.move_bump, "random_target.move_bump: false"},
      {{"random_target.sim_is_aligned"}, !reach || !r.sim_move_bump, "random_target.sim_move_bump: false"},
      {{"random_target.bump_mag_low", "random_target.bump_mag_high"},
       !reach || r.move_bump || r.sim_move_bump,
       "random_target.move_bump or sim_move_bump"},
      {{"random_target.passive_forces", "random_target.normalized_slack_muscle_length", "random_target.lmin",
        "random_target.lmax", "random_target.vmax", "random_target.fvmax"},
       !reach || r.arm.muscle == MuscleType::MujocoHillMuscle,
       "random_target.muscle: MujocoHillMuscle"},
      {{"simulator.dispersion"},
       c.simulator.obs_noise == Counts::pseudoPoisson,
       "simulator.obs_noise: pseudoPoisson"}};
}

}  // namespace

void check(const Config& c, Problems& problems) {
  refuse(unused_keys(c, key_uses(c)), problems);
  if (c.task == TaskName::MultiTask) check_multitask(c, problems);
  if (c.task == TaskName::RandomTarget) {
    check_reach(c, problems);
    check_arm(c.random_target.arm, problems);
  }
  check_trim(c, problems);
}

// Groups of other tasks are there for `task=..` on the command line.
std::vector<UnusedKey> of_other_tasks(const Config& config) {
  const TaskName task = config.task;
  return unused_keys(config, {{{"nbff."}, task == TaskName::NBFF, "task: NBFF"},
                              {{"multitask."}, task == TaskName::MultiTask, "task: MultiTask"},
                              {{"random_target."}, task == TaskName::RandomTarget, "task: RandomTarget"}});
}

Task Config::training_task() const {
  if (task == TaskName::NBFF) return Nbff(nbff);
  if (task == TaskName::MultiTask) return MultiTask(multitask);
  return RandomTarget(random_target);
}

Task Config::simulated_task() const {
  if (task == TaskName::NBFF) {
    Nbff simulated = nbff;
    simulated.stim = nbff.sim_stim;
    return simulated;
  }
  if (task == TaskName::MultiTask) {
    MultiTask simulated = multitask;
    simulated.task_list = multitask.sim_task_list;
    return simulated;
  }
  RandomTarget simulated = random_target;
  simulated.max_ep_duration = random_target.sim_max_ep_duration;
  simulated.is_aligned = random_target.sim_is_aligned;
  simulated.move_bump = random_target.sim_move_bump;
  return simulated;
}

ModelSpec Config::spec() const {
  const TaskShape shape = shape_of(training_task());
  ModelSpec spec = model;
  spec.I = shape.network_inputs();
  spec.O = shape.actions;
  return spec;
}

std::vector<std::string> Config::tasks() const {
  return task == TaskName::MultiTask ? multitask.task_list : std::vector<std::string>();
}

}  // namespace tsd::ctd_task
