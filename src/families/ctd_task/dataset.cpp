#include "families/ctd_task/dataset.hpp"

#include <algorithm>
#include <numeric>

#include "tsd/engine/rng/seed_32.hpp"

namespace tsd::ctd_task {

namespace {

void prepare(Dataset& data, const Task& task, std::int64_t N, bool keep_true_inputs) {
  const TaskShape s = shape_of(task);
  data.shape = s;
  data.N = N;
  const auto n = static_cast<std::size_t>(N), steps = n * static_cast<std::size_t>(s.T);
  const auto width = [](int channels) { return static_cast<std::size_t>(channels); };
  data.ics.resize(n * width(s.ics));
  data.inputs.resize(steps * width(s.inputs));
  if (keep_true_inputs) data.true_inputs.resize(steps * width(s.inputs));
  data.targets.resize(steps * width(s.targets));
  data.inputs_to_env.resize(steps * width(s.inputs_to_env));
  data.extra.resize(n * width(s.extra));
  if (!s.closed_loop()) data.weights.resize(steps * width(s.targets));
  data.conds.resize(n);
  data.index.resize(n);
  data.lengths.assign(n, s.T);
  if (std::holds_alternative<MultiTask>(task)) data.phases.resize(n * kPhases);
}

template <class From, class To>
void put(const std::vector<From>& values, std::size_t row, std::vector<To>& into) {
  if (into.empty()) return;
  std::transform(values.begin(), values.end(),
                 into.begin() + static_cast<std::ptrdiff_t>(row * values.size()),
                 [](From value) { return static_cast<To>(value); });
}

void put_trial(const Task& task, const Trial& trial, std::int64_t index, std::size_t row, Dataset& data) {
  put(trial.ics, row, data.ics);
  put(trial.inputs, row, data.inputs);
  put(trial.true_inputs, row, data.true_inputs);
  put(trial.targets, row, data.targets);
  put(trial.inputs_to_env, row, data.inputs_to_env);
  put(trial.extra, row, data.extra);
  data.conds[row] = trial.cond;
  data.index[row] = index;
  if (const auto* nbff = std::get_if<Nbff>(&task)) put(loss_weights(*nbff, trial.targets), row, data.weights);
  if (const auto* multi = std::get_if<MultiTask>(&task)) {
    put(loss_weights(*multi, trial.extra), row, data.weights);
    data.lengths[row] = static_cast<std::int32_t>(trial.extra[1]);
    std::copy(trial.phases.begin(), trial.phases.end(),
              data.phases.begin() + static_cast<std::ptrdiff_t>(row * kPhases));
  }
}

}  // namespace

Places split_places(const Task& task, std::int64_t n_samples, std::uint64_t seed) {
  const auto* multi = std::get_if<MultiTask>(&task);
  Places p;
  p.N = multi ? n_samples * static_cast<std::int64_t>(multi->task_list.size()) : n_samples;
  p.n_valid = (p.N + 4) / 5;
  const auto order = NumpyLegacy(seed_32(seed)).permutation(p.N);
  p.place.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    p.place[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return p;
}

Split make_split(const Task& task, std::int64_t n_samples, std::uint64_t seed, bool keep_true_inputs) {
  const Places places = split_places(task, n_samples, seed);
  Split split;
  prepare(split.valid, task, places.n_valid, true);
  prepare(split.train, task, places.N - places.n_valid, keep_true_inputs);
  split.stream.seed(seed_32(seed));
  generate(task, n_samples, split.stream, [&](std::int64_t index, const Trial& trial) {
    const std::int64_t at = places.place[static_cast<std::size_t>(index)];
    const bool valid = at < places.n_valid;
    put_trial(task, trial, index, static_cast<std::size_t>(valid ? at : at - places.n_valid),
              valid ? split.valid : split.train);
  });
  return split;
}

std::vector<std::int64_t> first_trials(std::int64_t n) {
  std::vector<std::int64_t> trials(static_cast<std::size_t>(n));
  std::iota(trials.begin(), trials.end(), 0);
  return trials;
}

Batches random_batches(std::int64_t n_train, std::int64_t batch_size, NumpyLegacy& stream) {
  const auto order = stream.permutation(n_train);
  Batches batches;
  for (std::int64_t first = 0; first < n_train; first += batch_size)
    batches.emplace_back(order.begin() + first, order.begin() + std::min(n_train, first + batch_size));
  return batches;
}

Batches grouped_batches(std::span<const std::int64_t> conds, std::int64_t batch_size, bool all_batches,
                        NumpyLegacy& stream) {
  std::vector<std::vector<std::int64_t>> groups;
  for (std::size_t i = 0; i < conds.size(); ++i) {
    const auto label = static_cast<std::size_t>(conds[i]);
    if (groups.size() <= label) groups.resize(label + 1);
    groups[label].push_back(static_cast<std::int64_t>(i));
  }
  std::erase_if(groups, [](const auto& group) { return group.empty(); });
  stream.shuffle(std::span(groups));
  Batches batches;
  std::size_t longest = 0;
  for (const auto& group : groups) longest = std::max(longest, group.size());
  for (std::size_t first = 0; first < longest; first += static_cast<std::size_t>(batch_size))
    for (const auto& group : groups)
      if (first < group.size())
        batches.emplace_back(
            group.begin() + static_cast<std::ptrdiff_t>(first),
            group.begin() + static_cast<std::ptrdiff_t>(
                                std::min(group.size(), first + static_cast<std::size_t>(batch_size))));
  const auto reported =
      static_cast<std::size_t>((static_cast<std::int64_t>(conds.size()) + batch_size - 1) / batch_size);
  if (!all_batches && batches.size() > reported) batches.resize(reported);
  return batches;
}

}  // namespace tsd::ctd_task
