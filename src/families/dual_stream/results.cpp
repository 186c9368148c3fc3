// What a finished run leaves in results.h5 (dual_stream.md 6.3).
#include <algorithm>
#include <cmath>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/outputs.hpp"

namespace tsd::dual_stream {

namespace {

std::int64_t extent(std::size_t n) { return static_cast<std::int64_t>(n); }

// A dataset of problem `name`; `path` below it.
template <class T>
void write(Hdf5Writer& results, const std::string& name, const std::string& path,
           const std::vector<T>& values, const Shape& shape, const std::string& documented = "") {
  results.dataset<T>("/" + name + "/" + path, values, shape,
                     meaning_of("/<problem>/" + (documented.empty() ? path : documented)));
}

// A stretch of every state, one after the other.
std::vector<float> stretch(const std::vector<std::vector<float>>& states, std::size_t at, std::size_t size) {
  std::vector<float> all;
  for (const auto& state : states)
    all.insert(all.end(), state.begin() + static_cast<std::ptrdiff_t>(at),
               state.begin() + static_cast<std::ptrdiff_t>(at + size));
  return all;
}

Shape of_runs(std::size_t runs, const Shape& shape) {
  Shape all = {extent(runs)};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

// What groups of equal units hold, unit by unit.
std::vector<float> by_unit(const Fast& f, const std::vector<float>& by_group, std::size_t runs) {
  const std::size_t width = by_group.size() / runs / static_cast<std::size_t>(f.N);
  std::vector<float> all;
  for (std::size_t run = 0; run < runs; ++run)
    for (int unit = 0; unit < f.units; ++unit) {
      const std::size_t group = static_cast<std::size_t>(unit / f.recruits);
      const auto from = by_group.begin() +
                        static_cast<std::ptrdiff_t>((run * static_cast<std::size_t>(f.N) + group) * width);
      all.insert(all.end(), from, from + static_cast<std::ptrdiff_t>(width));
    }
  return all;
}

std::vector<float> with_diagonal(const std::vector<float>& diagonals, std::size_t D) {
  std::vector<float> all(diagonals.size() * D);
  for (std::size_t i = 0; i < diagonals.size(); ++i) all[i * D + i % D] = diagonals[i];
  return all;
}

}  // namespace

void DualStreamExperiment::write_stimuli(Hdf5Writer& results) const {
  results.dataset<float>("/stimuli/x", stimuli_.x, {stimuli_.items(), stimuli_.D}, meaning_of("/stimuli/x"));
  std::vector<std::int32_t> classes;
  for (const Problem& problem : stimuli_.problems)
    classes.insert(classes.end(), problem.label.begin(), problem.label.end());
  results.dataset<std::int32_t>("/stimuli/class", classes, {std::ssize(stimuli_.problems), stimuli_.items()},
                                meaning_of("/stimuli/class"));
  std::vector<std::uint8_t> held_out(static_cast<std::size_t>(stimuli_.items()));
  for (const int item : config_.held_out) held_out[static_cast<std::size_t>(item)] = 1;
  results.dataset("/stimuli/held_out", held_out, meaning_of("/stimuli/held_out"));
}

void DualStreamExperiment::write_curves(Hdf5Writer& results, std::size_t problem) const {
  for (std::size_t c = 0; c < kCurves; ++c)
    write(results, stimuli_.problems[problem].name, kCurveNames[c], curve(problem, c), {extent(epochs())});
}

void DualStreamExperiment::write_runs(Hdf5Writer& results, std::size_t problem) const {
  const std::string& name = stimuli_.problems[problem].name;
  const auto collect = [&]<class T>(const std::vector<T> Record::*what, std::size_t first, std::size_t size) {
    std::vector<T> all;
    for (std::size_t run = 0; run < runs(); ++run) {
      const auto from = (participants_[at(problem, run)].*what).begin() + static_cast<std::ptrdiff_t>(first);
      all.insert(all.end(), from, from + static_cast<std::ptrdiff_t>(size));
    }
    return all;
  };
  const Shape shape = {config_.n_runs, extent(epochs())};
  for (std::size_t c = 0; c < kCurves; ++c)
    write(results, name, std::string("per_run/") + kCurveNames[c],
          collect(&Record::curves, c * epochs(), epochs()), shape);
  std::vector<std::int32_t> diverged;
  for (std::size_t run = 0; run < runs(); ++run) diverged.push_back(participants_[at(problem, run)].diverged);
  write(results, name, "per_run/diverged_epoch", diverged, {config_.n_runs});
  if (!model_.has_fast()) return;
  write(results, name, "per_run/n_active", collect(&Record::active, 0, epochs()), shape);
  write(results, name, "per_run/n_recruit_events", collect(&Record::recruitments, 0, epochs()), shape);
  write(results, name, "per_run/n_missed_recruitments", collect(&Record::missed, 0, epochs()), shape);
  if (model_.fast.has_factors()) return;
  const auto D = static_cast<std::size_t>(model_.D);
  write(results, name, "per_run/attention", collect(&Record::attention, 0, epochs() * D),
        {config_.n_runs, extent(epochs()), model_.D});
}

void DualStreamExperiment::write_trials(Hdf5Writer& results, std::size_t problem) const {
  const std::string& name = stimuli_.problems[problem].name;
  std::vector<std::int32_t> order;
  for (const std::int32_t place : orders_) order.push_back(trained_[static_cast<std::size_t>(place)]);
  const Shape shape = {config_.n_runs, extent(epochs()), extent(trained_.size())};
  write(results, name, "order", order, shape);
  if (!config_.save_trials) return;
  const auto K = static_cast<std::size_t>(model_.K);
  std::vector<float> fast, slow;
  std::vector<std::int32_t> recruited;
  for (std::size_t run = 0; run < runs(); ++run) {
    const Record& record = participants_[at(problem, run)];
    recruited.insert(recruited.end(), record.recruited.begin(), record.recruited.end());
    for (std::size_t i = 0; i < record.logits.size(); i += 2 * K)
      for (std::size_t k = 0; k < K; ++k) {
        fast.push_back(record.logits[i + k]);
        slow.push_back(record.logits[i + K + k]);
      }
  }
  write(results, name, "trials/recruited", recruited, shape);
  Shape with_classes = shape;
  with_classes.push_back(model_.K);
  write(results, name, "trials/logits_fast", fast, with_classes);
  write(results, name, "trials/logits_slow", slow, with_classes);
}

void DualStreamExperiment::write_slow(Hdf5Writer& results, const std::string& group, std::size_t problem,
                                      const std::vector<std::vector<float>>& states) const {
  const std::string& name = stimuli_.problems[problem].name;
  for (std::size_t l = 0; l < layout_.W.size(); ++l)
    for (const auto& [letter, slot] : {std::pair{"W", &layout_.W[l]}, {"b", &layout_.b[l]}})
      write(results, name, group + letter + std::to_string(l),
            stretch(states, layout_.fast_size + slot->offset, slot->size()), of_runs(runs(), slot->shape),
            group + letter + "<l>");
}

void DualStreamExperiment::write_final(Hdf5Writer& results, std::size_t problem) const {
  const std::string& name = stimuli_.problems[problem].name;
  std::vector<std::vector<float>> states;
  for (std::size_t run = 0; run < runs(); ++run) states.push_back(final_state(problem, run));
  write_slow(results, "final/slow/", problem, states);
  if (config_.save_init) {
    const auto first = initial_.begin() + static_cast<std::ptrdiff_t>(at(problem, 0));
    write_slow(results, "init/slow/", problem, {first, first + config_.n_runs});
  }
  if (!model_.has_fast()) return;
  const Fast& f = model_.fast;
  const bool grouped = f.grouped();
  const std::int64_t N = grouped ? f.units : f.N, R = config_.n_runs;
  const auto values = [&](const Slot& slot) {
    auto all = stretch(states, slot.offset, slot.size());
    return grouped ? by_unit(f, all, runs()) : all;
  };
  write(results, name, "final/fast/position", values(layout_.position), {R, N, f.D});
  write(results, name, "final/fast/association", values(layout_.association), {R, N, f.K});
  std::vector<std::uint8_t> active;
  for (const auto& state : states)
    for (int unit = 0; unit < N; ++unit)
      active.push_back(grouped ? unit / f.recruits < static_cast<int>(state[layout_.active.offset])
                               : state[layout_.active.offset + static_cast<std::size_t>(unit)] != 0);
  write(results, name, "final/fast/active", active, {R, N});
  const auto shared = stretch(states, layout_.attention.offset, layout_.attention.size());
  if (!f.has_factors()) return write(results, name, "final/fast/attention", shared, {R, f.D});
  if (f.shared_factor) return write(results, name, "final/fast/cholesky", shared, {R, 1, f.D, f.D});
  auto factors = values(layout_.attention);
  if (f.covariance == Covariance::diagonal) factors = with_diagonal(factors, static_cast<std::size_t>(f.D));
  write(results, name, "final/fast/cholesky", factors, {R, N, f.D, f.D});
}

void DualStreamExperiment::write_test(Hdf5Writer& results, std::size_t problem) {
  const std::size_t width = values_per_trial(model_.K);
  const auto answers = ask(problem, stimuli_.x, stimuli_.problems[problem].label);
  for (const std::size_t c : {lc_fast, lc_slow, lc_total}) {
    std::vector<float> values;
    for (const Outcome& outcome : answers)
      for (std::size_t i = c; i < outcome.values.size(); i += width) values.push_back(outcome.values[i]);
    write(results, stimuli_.problems[problem].name, std::string("test/") + kCurveNames[c], values,
          {config_.n_runs, stimuli_.items()});
  }
}

void DualStreamExperiment::write_results(Hdf5Writer& results) {
  write_stimuli(results);
  for (std::size_t problem = 0; problem < stimuli_.problems.size(); ++problem) {
    write_curves(results, problem);
    write_runs(results, problem);
    write_trials(results, problem);
    write_final(results, problem);
    write_test(results, problem);
  }
}

}  // namespace tsd::dual_stream
