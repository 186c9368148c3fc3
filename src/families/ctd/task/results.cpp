// What a finished run leaves in results.h5 (ctd_task.md 6.2).
#include <algorithm>

#include "families/ctd/shared/facts.hpp"
#include "families/ctd/task/experiment.hpp"
#include "families/ctd/task/outputs.hpp"

namespace tsd::ctd_task {

namespace {

ctd::NetworkNoise network_noise(const Config& c) {
  return {c.model.is_gru() ? c.model.latent_ic_std : 0, c.model.latent_noise(),
          c.task == TaskName::NBFF        ? c.nbff.dynamic_noise
          : c.task == TaskName::MultiTask ? c.multitask.dynamic_noise
                                          : 0};
}

void write_parameters(Hdf5Writer& results, const std::string& group, const char* name, const Learner& learner,
                      std::span<const float> parameters) {
  for (const Array& array : to_arrays(learner.layout(), parameters))
    results.dataset(group + "/" + name + "/" + array.name, array,
                    meaning_of(std::string("/runs/<seed>/") + name + "/<parameter>"));
}

// The first validation trials; with several tasks the first of each, then the second of each, and so on.
std::vector<std::int64_t> shown_trials(const Dataset& data, std::size_t tasks, std::int64_t most) {
  std::vector<std::int64_t> order = first_trials(data.N), round(order.size());
  std::vector<std::int64_t> seen(std::max<std::size_t>(1, tasks));
  if (tasks > 0)
    for (std::size_t i = 0; i < order.size(); ++i) round[i] = seen[static_cast<std::size_t>(data.conds[i])]++;
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    return std::pair(round[at], tasks > 0 ? data.conds[at] : 0);
  });
  order.resize(static_cast<std::size_t>(std::min(most, data.N)));
  return order;
}

// These rows of an array with `rest` in each.
template <class T>
void write_trials(Hdf5Writer& results, const std::string& group, const std::string& name,
                  const std::vector<std::int64_t>& trials, const std::vector<T>& values, Shape rest) {
  if (values.empty() || trials.empty() || count(rest) == 0) return;
  std::vector<T> shown;
  for (const std::int64_t i : trials) {
    const auto row = Dataset::row(values, i, static_cast<std::size_t>(count(rest)));
    shown.insert(shown.end(), row.begin(), row.end());
  }
  rest.insert(rest.begin(), static_cast<std::int64_t>(trials.size()));
  results.dataset<T>(group + "/eval/" + name, shown, rest, meaning_of("/runs/<seed>/eval/" + name));
}

}  // namespace

void CtdTaskExperiment::write_history(Hdf5Writer& results, const std::string& group,
                                      const Learner& learner) const {
  const auto& history = learner.history();
  std::vector<std::int64_t> epochs;
  std::vector<Scores> scores;
  for (const Epoch& e : history) {
    epochs.push_back(static_cast<std::int64_t>(epochs.size()));
    scores.push_back(e.scores);
  }
  results.dataset(group + "/curves/epoch", epochs, meaning_of("/runs/<seed>/curves/epoch"));
  train::write(kEpochs, history, 0, group + "/curves", results);
  train::write(kScores, scores, flags_of(config_.training_task()), group + "/metrics", results);
  const auto tasks = config_.tasks();
  if (tasks.empty()) return;
  const Shape shape = {static_cast<std::int64_t>(history.size()), static_cast<std::int64_t>(tasks.size())};
  const auto write = [&](const char* name, std::vector<double> Success::*rates) {
    std::vector<double> values;
    for (const Epoch& e : history)
      values.insert(values.end(), (e.success.*rates).begin(), (e.success.*rates).end());
    results.dataset<double>(group + "/metrics/" + name, values, shape,
                            meaning_of(std::string("/runs/<seed>/metrics/") + name));
  };
  write("success_rate", &Success::reference);
  write("strict_success_rate", &Success::strict);
  results.strings(group + "/metrics/task_names", tasks, meaning_of("/runs/<seed>/metrics/task_names"));
}

void CtdTaskExperiment::write_evaluation(Hdf5Writer& results, const std::string& group,
                                         Learner& learner) const {
  const Dataset& data = learner.validation();
  const TaskShape& s = data.shape;
  const auto trials = shown_trials(data, config_.tasks().size(), config_.eval_trials);
  const auto n = static_cast<std::int64_t>(trials.size());
  const std::int64_t T = s.T;
  write_trials(results, group, "index", trials, data.index, {});
  write_trials(results, group, "cond", trials, data.conds, {});
  write_trials(results, group, "extra", trials, data.extra, {s.extra});
  write_trials(results, group, "inputs", trials, data.inputs, {T, s.inputs});
  write_trials(results, group, "true_inputs", trials, data.true_inputs, {T, s.inputs});
  write_trials(results, group, "targets", trials, data.targets, {T, s.targets});
  write_trials(results, group, "inputs_to_env", trials, data.inputs_to_env, {T, s.inputs_to_env});
  std::vector<std::int32_t> phases;
  for (const Phase& phase : data.phases) phases.push_back(phase.begin), phases.push_back(phase.end);
  write_trials(results, group, "phases", trials, phases, {kPhases, 2});
  for (const bool noisy : {true, false}) {
    const std::string noise = noisy ? "noisy" : "noiseless", path = "/runs/<seed>/eval/<noise>/";
    Rollout all;
    all.controlled_only = true;
    const Loss loss = learner.evaluate(noisy, first_trials(data.N), s.T, all);
    const Task task = config_.training_task();
    std::vector<Metric> row;
    train::add_row(kScores, scores(task, data, all), flags_of(task), row);
    std::vector<double> values;
    std::vector<std::string> names;
    for (const Metric& score : row) values.push_back(score.value), names.push_back(score.name);
    const std::string place = group + "/eval/" + noise + "/";
    results.dataset(place + "loss", make_scalar("loss", loss.total()), meaning_of(path + "loss"));
    results.dataset(place + "scores", values, meaning_of(path + "scores"));
    results.strings(place + "score_names", names, meaning_of(path + "score_names"));
    if (n == 0) continue;
    Rollout kept;
    learner.evaluate(noisy, trials, s.T, kept);
    const auto write = [&](const char* name, const std::vector<float>& course) {
      if (course.empty()) return;
      const auto width = static_cast<std::int64_t>(course.size()) / (n * T);
      results.dataset<float>(place + name, course, {n, T, width}, meaning_of(path + name));
    };
    write("controlled", kept.controlled);
    write("actions", kept.actions);
    write("latents", kept.latents);
    write("observations", kept.observations);
    write("joints", kept.joints);
  }
}

void CtdTaskExperiment::write_run(Hdf5Writer& results, Learner& learner) const {
  const std::string group = "/runs/" + std::to_string(learner.seed());
  write_parameters(results, group, "params", learner, learner.parameters());
  if (!learner.best().empty()) {
    write_parameters(results, group, "params_best", learner, learner.best());
    results.attribute(group + "/params_best", "epoch", learner.best_epoch());
  }
  write_history(results, group, learner);
  write_evaluation(results, group, learner);
  results.attribute(group, "seed", learner.seed());
}

void CtdTaskExperiment::write_results(Hdf5Writer& results) {
  for (Learner& learner : learners_) write_run(results, learner);
  results.attribute("/runs", "task",
                    config_.task == TaskName::NBFF        ? "NBFF"
                    : config_.task == TaskName::MultiTask ? "MultiTask"
                                                          : "RandomTarget");
  ctd::write(results, network_noise(config_));
}

}  // namespace tsd::ctd_task
