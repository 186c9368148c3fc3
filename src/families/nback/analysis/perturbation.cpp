// The answers of the network when the state of one step is pushed, task by task (nback.md 7.5 5, Q14).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/cognition.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/measures/push.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/perturbation/tasks", "task", "", "sequences of one task, with directions of their own"},
      {"/perturbation/properties", "task", "", "property whose code is pushed"},
      {"/perturbation/directions", "direction", "", "along what states are moved"},
      {"/perturbation/distance", "distance", "",
       "signed distance: in SD of the states along a normal; for means, 1 is from the mean of the other "
       "values to that of the value"},
      {"/perturbation/moved", "task,direction,distance", "",
       "length of the move of a state, mean over trials"},
      {"/perturbation/norm", "task", "", "norm of a state, mean over trials"},
      {"/perturbation/p_mean", "task,direction,distance,response", "probability",
       "of the answers no_action, non_match, match; mean over trials that were answered with match"},
      {"/perturbation/p_sd", "task,direction,distance,response", "probability", "SD over these trials"},
      {"/perturbation/n_trials", "task", "sequences", "trials answered with match at that step"},
      {"/perturbation/propagated/times", "later", "steps", "steps after the push, from 0"},
      {"/perturbation/propagated/p_mean", "task,direction,distance,later,response", "probability",
       "of the answers when the network goes on from the moved state with the inputs it had; mean over "
       "trials that are answered with match at that step when nothing is moved"},
      {"/perturbation/propagated/p_sd", "task,direction,distance,later,response", "probability",
       "SD over these trials"},
      {"/perturbation/propagated/n_trials", "task,later", "sequences", "these trials"},
      {"/perturbation/compared/p_mean", "task,direction,distance,response", "probability",
       "as propagated, of trials at the step n after the push, at which the network compares what is then on "
       "screen with what was pushed"},
      {"/perturbation/compared/p_sd", "task,direction,distance,response", "probability",
       "SD over these trials"},
      {"/perturbation/compared/n_trials", "task", "sequences", "these trials"}};
  return rows;
}

// Rows that are answered with match.
std::vector<int> matches(const Dense& p) {
  std::vector<int> rows;
  for (int i = 0; i < p.rows; ++i)
    if (p(i, 2) > p(i, 0) && p(i, 2) > p(i, 1)) rows.push_back(i);
  return rows;
}

// Mean and SD over rows of the probability of each response, appended.
void append_answers(const Dense& p, const std::vector<int>& rows, std::vector<double>& mean,
                    std::vector<double>& sd) {
  const auto n = static_cast<double>(rows.size());
  for (int response = 0; response < kResponses; ++response) {
    double sum = 0, squares = 0;
    for (const int r : rows) {
      sum += p(r, response) / n;
      squares += p(r, response) * p(r, response) / n;
    }
    mean.push_back(rows.empty() ? std::nan("") : sum);
    sd.push_back(rows.empty() ? std::nan("") : std::sqrt(std::max(0.0, squares - sum * sum)));
  }
}

std::vector<int> all_rows(const Dense& x) {
  std::vector<int> rows(x.rows);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

Dense chosen_rows(const Dense& x, const std::vector<int>& rows) {
  Dense part(static_cast<int>(rows.size()), x.columns);
  for (int i = 0; i < part.rows; ++i) std::copy_n(x.row(rows[i]), x.columns, part.row(i));
  return part;
}

// What drives the network at step t: its perceptual input behind the gate, and the task.
Dense drive_at(const Cognition& network, const Recording& recording, std::span<const int> chosen, int t) {
  Dense attended = recording.cnn(chosen, t), task(attended.rows, kProperties + network.levels());
  if (!recording.trace.gates.empty()) {
    const Dense gates = recording.gates(chosen, t);
    for (std::size_t i = 0; i < attended.size(); ++i) attended.values[i] *= gates.values[i];
  }
  for (int i = 0; i < task.rows; ++i) {
    const Sequence& s = recording.sequences[chosen[i]];
    std::ranges::copy(task_vector(s.feature, s.n, network.levels()), task.row(i));
  }
  return network.drive(attended, task);
}

// Trials that are answered with match at a step after t when nothing is moved.
struct Trials {
  std::vector<int> moved;  // of everyone, those that some step asks for
  std::vector<std::vector<int>> later,
      compared;  // by step, as numbers within moved; compared: n steps after t
};

Trials trials_after(const Recording& recording, const Cognition& network, std::span<const int> everyone,
                    int t) {
  Trials trials;
  for (int u = t + 1; u < recording.L; ++u) {
    trials.later.push_back(matches(network.probabilities(recording.hidden(everyone, u))));
    trials.moved.insert(trials.moved.end(), trials.later.back().begin(), trials.later.back().end());
  }
  trials.moved = classes_of(trials.moved);
  for (std::size_t u = 0; u < trials.later.size(); ++u) {
    trials.compared.emplace_back();
    for (int& i : trials.later[u]) {
      const int n = recording.sequences[everyone[i]].n;
      i = static_cast<int>(std::ranges::lower_bound(trials.moved, i) - trials.moved.begin());
      if (n == static_cast<int>(u) + 1) trials.compared.back().push_back(i);
    }
  }
  return trials;
}

// The state of the top layer is moved at step t and the network goes on with the inputs it had.
struct Propagated {
  std::vector<double> mean, sd, trials;  // [push, distance, later step, response] twice, [later step]
  std::vector<double> compared_mean, compared_sd;  // [push, distance, response] twice
  double compared = 0;                             // trials
};

void append(const std::vector<double>& part, std::vector<double>& all) {
  all.insert(all.end(), part.begin(), part.end());
}

Propagated propagate(const Study& study, const Recording& recording, const Cognition& network,
                     const Pushes& pushes, std::span<const int> everyone, const std::vector<int>& labels,
                     int t, const std::vector<double>& distances) {
  const int later = recording.L - 1 - t;
  const Trials trials = trials_after(recording, network, everyone, t);
  std::vector<int> sequences;
  for (const int i : trials.moved) sequences.push_back(everyone[i]);
  auto state = network.rest(static_cast<int>(trials.moved.size()));
  for (int u = 0; u <= t; ++u) network.step(state, drive_at(network, recording, sequences, u));
  std::vector<Dense> drives;
  for (int u = t + 1; u <= t + later; ++u) drives.push_back(drive_at(network, recording, sequences, u));

  std::vector<Propagated> parts(std::size(kPushes) * distances.size());
  parallel_for(parts.size(), study.threads(), [&](std::size_t job) {
    math::use_threads(1);
    auto own = state;
    for (std::size_t i = 0; i < trials.moved.size(); ++i)
      pushes.move(own.h.back().span(static_cast<int>(i)), kPushes[job / distances.size()],
                  labels[trials.moved[i]], distances[job % distances.size()]);
    Dense answers(0, kResponses);
    for (int u = 0; u < later; ++u) {
      network.step(own, drives[u]);
      const Dense p = network.probabilities(own.h.back());
      append_answers(p, trials.later[u], parts[job].mean, parts[job].sd);
      for (const int i : trials.compared[u])
        answers.values.insert(answers.values.end(), p.row(i), p.row(i) + kResponses);
      answers.rows += static_cast<int>(trials.compared[u].size());
    }
    append_answers(answers, all_rows(answers), parts[job].compared_mean, parts[job].compared_sd);
  });
  Propagated found;
  for (const Propagated& part : parts) {
    append(part.mean, found.mean);
    append(part.sd, found.sd);
    append(part.compared_mean, found.compared_mean);
    append(part.compared_sd, found.compared_sd);
  }
  for (int u = 0; u < later; ++u) {
    found.trials.push_back(static_cast<double>(trials.later[u].size()));
    found.compared += static_cast<double>(trials.compared[u].size());
  }
  return found;
}

// What is found for one task.
struct Found {
  std::vector<double> moved, mean, sd;  // [push, distance], [push, distance, response] twice
  double norm = 0, trials = 0;
  Propagated later;
};

Found push_all(const Study& study, const Recording& recording, const Cognition& network, const Context& task,
               Property property, int t, const std::vector<double>& distances) {
  const auto everyone = task.all();
  const Pushes pushes(recording.hidden(task.train, t), study.training_labels(recording, task, property, t));
  const Dense states = recording.hidden(everyone, t);
  const auto labels = study.labels(recording, everyone, property, t);
  const auto trials = matches(network.probabilities(states));

  Found found;
  found.trials = static_cast<double>(trials.size());
  const Dense matched = chosen_rows(states, trials);
  found.norm = mean_norm(matched);
  for (const Push push : kPushes)
    for (const double distance : distances) {
      Dense moved = matched;
      double length = 0;
      for (int r = 0; r < moved.rows; ++r) {
        pushes.move(moved.span(r), push, labels[trials[r]], distance);
        length += pushes.length(push, labels[trials[r]], distance) / moved.rows;
      }
      found.moved.push_back(length);
      append_answers(network.probabilities(moved), all_rows(moved), found.mean, found.sd);
    }
  if (t + 1 < recording.L)
    found.later = propagate(study, recording, network, pushes, everyone, labels, t, distances);
  return found;
}

// The values of all tasks, one after the other.
template <class Values>
std::vector<double> joined(const std::vector<Found>& found, const Values& values) {
  std::vector<double> all;
  for (const Found& one : found) {
    append(values(one), all);
  }
  return all;
}

void write_found(const std::vector<Found>& found, int t, int L, std::int64_t D, Hdf5Writer& file) {
  const auto C = static_cast<std::int64_t>(found.size()), K = static_cast<std::int64_t>(std::size(kPushes));
  const auto put = [&](const char* name, const Shape& shape, const auto& values) {
    const std::string path = std::string("/perturbation/") + name;
    write(file, outputs(), path, path, joined(found, values), shape);
  };
  put("moved", {C, K, D}, [](const Found& f) { return f.moved; });
  put("norm", {C}, [](const Found& f) { return std::vector{f.norm}; });
  put("p_mean", {C, K, D, kResponses}, [](const Found& f) { return f.mean; });
  put("p_sd", {C, K, D, kResponses}, [](const Found& f) { return f.sd; });
  put("n_trials", {C}, [](const Found& f) { return std::vector{f.trials}; });
  const std::int64_t later = L - 1 - t;
  if (later == 0) return;
  std::vector<int> times(later);
  std::iota(times.begin(), times.end(), t + 1);
  const std::string path = "/perturbation/propagated/times";
  file.dataset(path, times, tsd::meaning_of(outputs(), path));
  put("propagated/p_mean", {C, K, D, later, kResponses}, [](const Found& f) { return f.later.mean; });
  put("propagated/p_sd", {C, K, D, later, kResponses}, [](const Found& f) { return f.later.sd; });
  put("propagated/n_trials", {C, later}, [](const Found& f) { return f.later.trials; });
  put("compared/p_mean", {C, K, D, kResponses}, [](const Found& f) { return f.later.compared_mean; });
  put("compared/p_sd", {C, K, D, kResponses}, [](const Found& f) { return f.later.compared_sd; });
  put("compared/n_trials", {C}, [](const Found& f) { return std::vector{f.later.compared}; });
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "perturbation");
  if (!study.answers_the_task()) return;
  const Recording recording = study.record();
  const auto& options = study.options();
  const int t = study.time(options.perturbation_time);
  const Cognition network(study.experiment().weights(), study.config().model_spec(0));
  std::vector<double> distances;
  for (int i = 0; i < options.perturbation_points; ++i)
    distances.push_back(options.perturbation_range * (2.0 * i / (options.perturbation_points - 1) - 1));

  std::vector<std::string> tasks, properties, directions;
  std::vector<Found> found;
  for (const Context& task : study.contexts(recording, Contexts::task)) {
    const Property property = property_named(options.perturbed_property).value_or(*task.task);
    found.push_back(push_all(study, recording, network, task, property, t, distances));
    tasks.push_back(task.name);
    properties.emplace_back(name_of(property));
  }
  for (const Push push : kPushes) directions.push_back(name_of(push));
  const auto names = [&](const char* name, const std::vector<std::string>& values) {
    const std::string path = std::string("/perturbation/") + name;
    file.strings(path, values, tsd::meaning_of(outputs(), path));
  };
  names("tasks", tasks);
  names("properties", properties);
  names("directions", directions);
  const auto D = static_cast<std::int64_t>(distances.size());
  write(file, outputs(), "/perturbation/distance", "/perturbation/distance", distances, {D});
  write_found(found, t, recording.L, D, file);
  study.sign(file, "/perturbation", recording, "L2-SVC");
  file.attribute("/perturbation", "time", static_cast<std::int64_t>(t));
}

}  // namespace

Analysis perturbation() {
  return {"perturbation", "answers after a push of the state along decoder normals and class means",
          outputs(), run};
}

}  // namespace tsd::nback
