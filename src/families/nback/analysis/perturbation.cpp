// The answers of the network when the state of one step is pushed along decoder normals (nback.md 7.5 5,
// Q14).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/cognition.hpp"
#include "families/nback/analysis/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<std::string> kDirections = {"mean of the normals", "normal of the value on screen"};

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/perturbation/directions", "direction", "", "along what states are moved"},
      {"/perturbation/distance", "distance", "SD",
       "signed distance, in SD of the states along the direction"},
      {"/perturbation/sd", "direction", "", "SD of the states along the direction, mean over values"},
      {"/perturbation/p_mean", "direction,distance,response", "probability",
       "of the answers no_action, non_match, match; mean over trials that were answered with match"},
      {"/perturbation/p_sd", "direction,distance,response", "probability", "SD over these trials"},
      {"/perturbation/n_trials", "", "sequences", "trials answered with match at that step"},
      {"/perturbation/propagated/times", "later", "steps", "steps after the push, from 0"},
      {"/perturbation/propagated/p_mean", "direction,distance,later,response", "probability",
       "of the answers when the network goes on from the moved state with the inputs it had; mean over "
       "trials that "
       "are answered with match at that step when nothing is moved"},
      {"/perturbation/propagated/p_sd", "direction,distance,later,response", "probability",
       "SD over these trials"},
      {"/perturbation/propagated/n_trials", "later", "sequences", "these trials"}};
  return rows;
}

// Normals in the coordinates of the states themselves.
Dense unstandardised(Dense weights, const Standardizer& standardizer) {
  for (int c = 0; c < weights.rows; ++c)
    for (int k = 0; k < weights.columns; ++k) weights(c, k) /= standardizer.sd[k];
  return unit_rows(std::move(weights));
}

double spread(const Dense& x, std::span<const double> direction) {
  double sum = 0, squares = 0;
  for (int i = 0; i < x.rows; ++i) {
    double along = 0;
    for (int k = 0; k < x.columns; ++k) along += x(i, k) * direction[k];
    sum += along / x.rows;
    squares += along * along / x.rows;
  }
  return std::sqrt(std::max(0.0, squares - sum * sum));
}

// Along which states are moved: the mean of all normals, or the normal of the value on screen.
enum Kind { kMean, kOwn, kKinds };

struct Directions {
  std::vector<int> classes;
  Dense normal, mean;          // unit rows [classes, H], [1, H]
  double mean_sd = 0;          // of the states along the mean
  std::vector<double> own_sd;  // along each normal

  Directions(const Normals& normals, const Standardizer& standardizer, const Dense& states)
      : classes(normals.classes),
        normal(unstandardised(normals.weights, standardizer)),
        mean(1, normal.columns) {
    for (int c = 0; c < normal.rows; ++c)
      for (int k = 0; k < normal.columns; ++k) mean(0, k) += normal(c, k);
    mean = unit_rows(mean);
    mean_sd = spread(states, mean.span(0));
    for (int c = 0; c < normal.rows; ++c) own_sd.push_back(spread(states, normal.span(c)));
  }

  // A state that shows `label`, moved by `distance` SD; one without a normal of its own stays where it is.
  void move(std::span<double> state, int kind, int label, double distance) const {
    const auto at = std::lower_bound(classes.begin(), classes.end(), label);
    if (kind == kOwn && (at == classes.end() || *at != label)) return;
    const auto c = static_cast<int>(at - classes.begin());
    const auto direction = kind == kMean ? mean.span(0) : normal.span(c);
    const double length = distance * (kind == kMean ? mean_sd : own_sd[c]);
    for (std::size_t k = 0; k < state.size(); ++k) state[k] += length * direction[k];
  }
};

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

Dense chosen_rows(const Dense& x, const std::vector<int>& rows) {
  Dense part(static_cast<int>(rows.size()), x.columns);
  for (int i = 0; i < part.rows; ++i) std::copy_n(x.row(rows[i]), x.columns, part.row(i));
  return part;
}

// What drives the network at step t: its perceptual input behind the gate, and the task.
Dense drive_at(const Cognition& network, const Recording& recording, std::span<const int> chosen, int t) {
  Dense attended = recording.cnn(chosen, t), task(attended.rows, kTaskInputs);
  if (!recording.trace.gates.empty()) {
    const Dense gates = recording.gates(chosen, t);
    for (std::size_t i = 0; i < attended.size(); ++i) attended.values[i] *= gates.values[i];
  }
  for (int i = 0; i < task.rows; ++i) {
    const Sequence& s = recording.sequences[chosen[i]];
    std::ranges::copy(task_vector(s.feature, s.n), task.row(i));
  }
  return network.drive(attended, task);
}

// The state of the top layer is moved at step t and the network goes on with the inputs it had. Answers at
// each later step, of the trials that are answered with match there when nothing is moved.
struct Propagated {
  std::vector<double> mean, sd, trials;  // [kind, distance, later step, response] twice, [later step]
};

Propagated propagate(const Study& study, const Recording& recording, const Cognition& network,
                     const Directions& directions, std::span<const int> everyone,
                     const std::vector<int>& labels, int t, const std::vector<double>& distances) {
  const int later = recording.L - 1 - t;
  std::vector<std::vector<int>> trials;
  std::vector<int> moved;  // of `everyone`, those that some step asks for
  Propagated found;
  for (int u = t + 1; u <= t + later; ++u) {
    trials.push_back(matches(network.probabilities(recording.hidden(everyone, u))));
    found.trials.push_back(static_cast<double>(trials.back().size()));
    moved.insert(moved.end(), trials.back().begin(), trials.back().end());
  }
  moved = classes_of(moved);
  std::vector<int> sequences;
  for (const int i : moved) sequences.push_back(everyone[i]);
  for (auto& rows : trials)
    for (int& i : rows) i = static_cast<int>(std::lower_bound(moved.begin(), moved.end(), i) - moved.begin());

  auto state = network.rest(static_cast<int>(moved.size()));
  for (int u = 0; u <= t; ++u) network.step(state, drive_at(network, recording, sequences, u));
  std::vector<Dense> drives;
  for (int u = t + 1; u <= t + later; ++u) drives.push_back(drive_at(network, recording, sequences, u));

  std::vector<Propagated> parts(kKinds * distances.size());
  parallel_for(parts.size(), study.threads(), [&](std::size_t job) {
    nn::use_threads(1);
    auto own = state;
    for (std::size_t i = 0; i < moved.size(); ++i)
      directions.move(own.h.back().span(static_cast<int>(i)), static_cast<int>(job / distances.size()),
                      labels[moved[i]], distances[job % distances.size()]);
    for (int u = 0; u < later; ++u) {
      network.step(own, drives[u]);
      append_answers(network.probabilities(own.h.back()), trials[u], parts[job].mean, parts[job].sd);
    }
  });
  for (const Propagated& part : parts) {
    found.mean.insert(found.mean.end(), part.mean.begin(), part.mean.end());
    found.sd.insert(found.sd.end(), part.sd.begin(), part.sd.end());
  }
  return found;
}

void write_propagated(const Propagated& found, int t, int L, int D, Hdf5Writer& file) {
  const std::string group = "/perturbation/propagated/";
  const std::int64_t later = L - 1 - t;
  std::vector<int> times(later);
  std::iota(times.begin(), times.end(), t + 1);
  file.dataset(group + "times", times, tsd::meaning_of(outputs(), group + "times"));
  const auto put = [&](const char* name, const std::vector<double>& values, const Shape& shape) {
    write(file, outputs(), group + name, group + name, values, shape);
  };
  put("p_mean", found.mean, {kKinds, D, later, kResponses});
  put("p_sd", found.sd, {kKinds, D, later, kResponses});
  put("n_trials", found.trials, {later});
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "perturbation");
  if (!study.answers_the_task()) return;
  const Recording recording = study.record();
  const auto& options = study.options();
  const int t = study.time(options.perturbation_time);
  const Property property = *property_named(options.perturbed_property);
  const Context all = study.contexts(recording, Contexts::pooled)[0];
  const auto everyone = all.all();
  const Dense train = recording.hidden(all.train, t), states = recording.hidden(everyone, t);
  const auto labels = study.labels(recording, everyone, property, t);
  const Directions directions(l2_svc(train, study.training_labels(recording, all, property, t)),
                              Standardizer(train), states);

  const Cognition network(study.experiment().weights(), study.config().model_spec(0));
  const auto trials = matches(network.probabilities(states));
  const int D = options.perturbation_points;
  std::vector<double> distances, p_mean, p_sd;
  for (int i = 0; i < D; ++i) distances.push_back(options.perturbation_range * (2.0 * i / (D - 1) - 1));
  std::vector<int> rows(trials.size());
  std::iota(rows.begin(), rows.end(), 0);
  for (int kind = 0; kind < kKinds; ++kind)
    for (const double distance : distances) {
      Dense moved = chosen_rows(states, trials);
      for (int r = 0; r < moved.rows; ++r) directions.move(moved.span(r), kind, labels[trials[r]], distance);
      append_answers(network.probabilities(moved), rows, p_mean, p_sd);
    }
  const auto put = [&](const char* name, std::span<const double> values, const Shape& shape) {
    const std::string path = std::string("/perturbation/") + name;
    write(file, outputs(), path, path, values, shape);
  };
  file.strings("/perturbation/directions", kDirections,
               tsd::meaning_of(outputs(), "/perturbation/directions"));
  const double own_sd = std::accumulate(directions.own_sd.begin(), directions.own_sd.end(), 0.0) /
                        static_cast<double>(directions.own_sd.size());
  const double sd[] = {directions.mean_sd, own_sd}, count = static_cast<double>(trials.size());
  put("distance", distances, {D});
  put("sd", sd, {kKinds});
  put("p_mean", p_mean, {kKinds, D, kResponses});
  put("p_sd", p_sd, {kKinds, D, kResponses});
  put("n_trials", std::span(&count, 1), {});
  if (t + 1 < recording.L)
    write_propagated(propagate(study, recording, network, directions, everyone, labels, t, distances), t,
                     recording.L, D, file);
  study.sign(file, "/perturbation", recording, "L2-SVC");
  file.attribute("/perturbation", "property", options.perturbed_property);
  file.attribute("/perturbation", "time", static_cast<std::int64_t>(t));
}

}  // namespace

Analysis perturbation() {
  return {"perturbation", "answers after a push of the state along decoder normals", outputs(), run};
}

}  // namespace tsd::nback
