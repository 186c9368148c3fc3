#include "families/ctd/compare/fixed_points/starts.hpp"

#include <algorithm>

#include "families/ctd/compare/fixed_points/system.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {
namespace {

constexpr std::int64_t kAfterCue = 50;  // steps
constexpr std::size_t kTaskPhases = 6;
const std::string kCoupled = "fixed_points.coupled=true";

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// Of validation trials.
class Moments {
 public:
  explicit Moments(const Reference& reference)
      : source_(reference.source), file_(reference.source), val_(reference.val_latents) {}

  // Steps [begin, end) of a trial; end <= begin where it has no such phase.
  std::pair<std::int64_t, std::int64_t> span(std::int64_t trial, const std::string& phase) {
    if (phase == "after_cue") return after_cue(trial);
    if (phases_.empty()) phases_ = numbers<std::int32_t>("/valid_phases", {val_.trials, kTaskPhases, 2});
    const auto k = std::ranges::find(kPhases, phase) - kPhases.begin();
    const std::int32_t* edges = &phases_[at((trial * std::int64_t{kTaskPhases} + k) * 2)];
    return {edges[0], edges[0] < 0 ? -1 : edges[1]};
  }

  bool is_of(std::int64_t trial, const std::optional<std::string>& task) {
    if (!task) return true;
    if (conditions_.empty()) {
      const auto names = file_.exists("/task_names") ? file_.strings("/task_names") : refuse("/task_names");
      const auto found = std::ranges::find(names, *task);
      if (found == names.end())
        throw DataError(source_ + ": no task " + *task + " among its " + std::to_string(names.size()));
      wanted_ = found - names.begin();
      conditions_ = numbers<std::int64_t>("/valid_cond", {val_.trials});
    }
    return conditions_[at(trial)] == wanted_;
  }

 private:
  std::pair<std::int64_t, std::int64_t> after_cue(std::int64_t trial) {
    if (timing_.empty()) timing_ = numbers<float>("/valid_timing", {val_.trials, 2});
    const auto cue = static_cast<std::int64_t>(timing_[at(2 * trial + 1)]);
    return {cue, cue < 0 ? -1 : std::min(cue + kAfterCue, val_.steps)};
  }
  template <class T>
  std::vector<T> numbers(const char* name, const Shape& shape) const {
    if (!file_.exists(name)) refuse(name);
    const Array array = file_.dataset(name, dtype_of<T>(), shape);
    return {array.as<T>().begin(), array.as<T>().end()};
  }
  [[noreturn]] std::vector<std::string> refuse(const char* name) const {
    throw DataError(source_ + ": " + name +
                    " is missing: expected a recording of tsd with tasks or phases, "
                    "which the keys task, phase and phases ask for");
  }

  const std::string& source_;
  Hdf5Reader file_;
  const Series& val_;
  std::vector<std::int32_t> phases_;
  std::vector<std::int64_t> conditions_;
  std::vector<float> timing_;
  std::int64_t wanted_ = 0;
};

std::string text(const Moment& m) {
  std::string all = m.task.value_or("any task");
  for (const std::string& phase : m.phases) all += ", " + phase;
  return all;
}

}  // namespace

std::pair<std::size_t, std::int64_t> Courses::find_row(std::int64_t place) const {
  std::size_t p = 0;
  for (; place >= latents[p]->rows(); ++p) place -= latents[p]->rows();
  return {p, place};
}

const float* Courses::state(std::int64_t place) const {
  const auto [part, row] = find_row(place);
  return latents[part]->row(row);
}

void Courses::copy_input(std::int64_t place, float* to) const {
  const auto [part, row] = find_row(place);
  for (const Series* s : inputs[part]) to = std::copy_n(s->row(row), s->width, to);
}

const float* Courses::target(std::int64_t place) const {
  const auto [part, row] = find_row(place);
  return targets[part]->row(row);
}

math::Dense<float> Courses::mean_input(int width) const {
  std::vector<double> sum(at(width));
  std::int64_t rows = 0;
  for (std::size_t p = 0; p < inputs.size(); ++p) {
    std::size_t column = 0;
    for (const Series* s : inputs[p]) {
      for (std::size_t k = 0; k < s->values.size(); ++k)
        sum[column + k % std::size_t(s->width)] += s->values[k];
      column += at(s->width);
    }
    rows += latents[p]->rows();
  }
  math::Dense<float> mean(1, width);
  std::ranges::transform(sum, mean.values.begin(),
                         [&](double x) { return static_cast<float>(x / static_cast<double>(rows)); });
  return mean;
}

Courses recorded_courses(const Reference& r) {
  return {{&r.train_latents, &r.val_latents}, {{&r.train_inputs}, {&r.val_inputs}}, {}, {}};
}

Courses noiseless_courses(const Reference& r, int threads) {
  const Hdf5Reader file(r.source);
  if (!is_whole_and_open(file) || !file.exists("/train_true_inputs")) return recorded_courses(r);
  Courses c;
  for (const char* part : {"train", "valid"}) {
    c.own.push_back(read_series(file, r.source, "/" + std::string(part) + "_true_inputs"));
    if (c.own.back().width != r.network->cell.inputs()) return recorded_courses(r);
    c.own.push_back(roll_out(*r.network, c.own.back(), {}, 0, part, threads));
  }
  c.latents = {&c.own[1], &c.own[3]};
  c.inputs = {{&c.own[0]}, {&c.own[2]}};
  return c;
}

Courses coupled_courses(const Reference& r) {
  const Hdf5Reader file(r.source);
  Courses c;
  const auto read = [&](const std::string& name, const Series& latents, int width) {
    if (!file.exists(name))
      throw DataError(r.source + ": " + name + " is missing: expected a recording of reaches for " +
                      kCoupled);
    Series s = read_series(file, r.source, name);
    if (s.trials != latents.trials || s.steps != latents.steps || s.width != width)
      throw DataError(r.source + ": " + name + ": expected shape " +
                      to_string(Shape{latents.trials, latents.steps, width}) + ", got " +
                      to_string(s.shape()));
    return s;
  };
  const Effector& effector = *r.network->effector;
  const int shown = System(r.network->cell, &effector).inputs();
  for (const auto& [part, latents] :
       {std::pair{std::string("/train_"), &r.train_latents}, {"/valid_", &r.val_latents}}) {
    c.own.push_back(coupled_states(effector, *latents, read(part + "joints", *latents, 4),
                                   read(part + "actions", *latents, effector.readout.rows)));
    c.own.push_back(read(part + "true_inputs", *latents, shown));
    c.own.push_back(read(part + "targets", *latents, 2));
  }
  c.latents = {&c.own[0], &c.own[3]};
  c.inputs = {{&c.own[1]}, {&c.own[4]}};
  c.targets = {&c.own[2], &c.own[5]};
  return c;
}

Courses model_courses(const Reference& r, const Model& model) {
  ModelData data = read_latents(model, r);
  Courses c;
  for (Series* s : {&data.train_latents, &data.val_latents, &data.train_inferred, &data.val_inferred})
    c.own.push_back(std::move(*s));
  c.latents = {&c.own[0], &c.own[1]};
  c.inputs.resize(2);
  if (model.inferred_inputs > 0) c.inputs = {{&c.own[2]}, {&c.own[3]}};
  if (model.external_inputs > 0) c.inputs[0].push_back(&r.train_inputs), c.inputs[1].push_back(&r.val_inputs);
  return c;
}

std::vector<std::int64_t> open_rows(const Reference& r, const Moment& moment, bool valid_bins_only) {
  std::vector<std::int64_t> all;
  const std::int64_t first = r.train_latents.rows(), steps = r.val_latents.steps;
  if (!moment.any()) {
    for (std::int64_t row = 0; row < first + r.val_latents.rows(); ++row) {
      const auto& lengths = row < first ? r.train_lengths : r.val_lengths;
      const std::int64_t own = row < first ? row : row - first;
      if (!valid_bins_only || own % steps < lengths[at(own / steps)]) all.push_back(row);
    }
    return all;
  }
  Moments moments(r);
  for (std::int64_t i = 0; i < r.val_latents.trials; ++i) {
    if (!moments.is_of(i, moment.task)) continue;
    std::vector<bool> open(at(steps), moment.phases.empty());
    for (const std::string& phase : moment.phases) {
      const auto [begin, end] = moments.span(i, phase);
      for (std::int64_t t = std::max<std::int64_t>(begin, 0); t < std::min(end, steps); ++t)
        open[at(t)] = true;
    }
    const std::int64_t counted = valid_bins_only ? r.val_lengths[at(i)] : steps;
    for (std::int64_t t = 0; t < counted; ++t)
      if (open[at(t)]) all.push_back(first + i * steps + t);
  }
  if (all.empty()) throw DataError(r.source + ": no step of a validation trial is in " + text(moment));
  return all;
}

std::vector<std::pair<std::int64_t, std::int64_t>> beginnings(const Reference& r, const Moment& moment) {
  std::vector<std::pair<std::int64_t, std::int64_t>> all;
  if (!moment.any()) {
    for (std::int64_t i = 0; i < r.val_latents.trials; ++i) all.emplace_back(i, 0);
    return all;
  }
  Moments moments(r);
  for (std::int64_t i = 0; i < r.val_latents.trials; ++i) {
    if (!moments.is_of(i, moment.task)) continue;
    const std::int64_t begin = moment.phases.empty() ? 0 : moments.span(i, moment.phases[0]).first;
    if (begin >= 0) all.emplace_back(i, begin);
  }
  return all;
}

std::vector<float> input_at(const Reference& r, const Moment& moment) {
  const Series inputs = read_series(Hdf5Reader(r.source), r.source, "/valid_true_inputs");
  Moments moments(r);
  for (std::int64_t i = 0; i < inputs.trials; ++i) {
    if (!moments.is_of(i, moment.task)) continue;
    const auto [begin, end] = moments.span(i, moment.phases.at(0));
    if (begin < 0 || begin >= std::min(end, inputs.steps)) continue;
    const float* row = inputs.row(i * inputs.steps + begin);
    return {row, row + inputs.width};
  }
  throw DataError(r.source + ": no validation trial of " + text(moment));
}

}  // namespace tsd::compare
