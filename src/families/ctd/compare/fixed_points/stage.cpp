#include "families/ctd/compare/fixed_points/stage.hpp"

#include <algorithm>

#include "families/ctd/compare/fixed_points/levenberg.hpp"
#include "families/ctd/compare/fixed_points/search.hpp"
#include "families/ctd/compare/scores.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {

using math::Dense;
using Start = PointSearch::Start;

namespace {

std::string way_point(int k) { return std::string("between_") + (k < 10 ? "0" : "") + std::to_string(k); }

math::DenseD widened(const Dense<float>& from) {
  math::DenseD to(from.rows, from.columns);
  std::ranges::copy(from.values, to.values.begin());
  return to;
}

}  // namespace

FixedPointStage::FixedPointStage(const FixedPointSettings& settings, const Reference& reference,
                                 const std::vector<Model>& models, std::uint64_t seed, int threads)
    : settings_(settings), reference_(reference), models_(models), seed_(seed), threads_(threads) {
  if (settings.coupled && !reference.network->effector)
    throw DataError(
        "fixed_points.coupled=true: expected a run directory of ctd_task with task RandomTarget as "
        "reference.task_model, got weights alone or another task");
  if (settings.moment().any()) open_rows(reference, settings.moment(), settings.valid_bins_only);
  if (settings.asks_for("phase")) phase_ = input_at(reference, settings.moment());
  if (settings.goes_on()) {
    way_begin_ = input_at(reference, settings.moment());
    way_end_ = input_at(reference, settings.moment_at_end());
  }
  for (int k = 0; k <= static_cast<int>(models.size()); ++k) add_searches_of(k);
  std::ranges::stable_sort(searches_, {}, &PointSearch::round);
  for (const PointSearch& s : searches_) rounds_ = std::max(rounds_, s.round + 1);
  const auto unused = [&](const std::vector<double>& vector) {
    return std::ranges::none_of(searches_, [&](const PointSearch& s) {
      return s.system.inputs() == static_cast<int>(vector.size());
    });
  };
  if (!searches_.empty() && std::ranges::any_of(settings.vectors, unused))
    throw ConfigError("fixed_points.vectors: a vector of a length that no cell's inputs have");
}

const nn::CellParameters* FixedPointStage::cell_of(int model) const {
  if (model == 0) return reference_.network ? &reference_.network->cell : nullptr;
  const auto& cell = models_[static_cast<std::size_t>(model - 1)].cell;
  return cell ? &*cell : nullptr;
}

void FixedPointStage::add_searches_of(int k) {
  const nn::CellParameters* cell = cell_of(k);
  if (!cell) return;
  const Model* model = k == 0 ? nullptr : &models_[static_cast<std::size_t>(k - 1)];
  const int recorded = reference_.val_inputs.width,
            external = cell->inputs() - (model ? model->inferred_inputs : 0);
  for (const std::string& input : settings_.inputs)
    if (input != "zeros" && external != 0 && external != recorded)
      throw DataError((model ? model->file : reference_.source) + ": a cell of " + std::to_string(external) +
                      " supplied inputs, the recording has " + std::to_string(recorded) +
                      "; expected fixed_points.inputs=[zeros]");
  for (const std::string& input : inputs_of(*cell)) {
    if (input == "phase" && !takes(k, *cell, phase_)) continue;
    searches_.push_back({.model = k, .input = input, .like = input, .system = *cell});
    if (!settings_.from_reference || k == 0 || input == "trials" || !of(0, input)) continue;
    searches_.push_back({.model = k,
                         .input = input + "_from_reference",
                         .like = input,
                         .start = Start::reference,
                         .from = input,
                         .round = 1,
                         .system = *cell});
  }
  if (settings_.goes_on()) add_way(k, *cell);
  if (settings_.coupled && k == 0) add_coupled_searches();
}

std::vector<std::string> FixedPointStage::inputs_of(const System& system) const {
  std::vector<std::string> inputs = settings_.inputs;
  for (std::size_t v = 0; v < settings_.vectors.size(); ++v)
    if (static_cast<int>(settings_.vectors[v].size()) == system.inputs())
      inputs.push_back("vector_" + std::to_string(v));
  return inputs;
}

void FixedPointStage::add_coupled_searches() {
  const TaskNetwork& network = *reference_.network;
  const System system(network.cell, &*network.effector);
  for (const std::string& input : inputs_of(system))
    searches_.push_back({.model = 0, .input = input + "_coupled", .like = input, .system = system});
}

// Whether a cell has the recording's inputs: the network has to, alone or with its arm, a model with inferred ones has
// not, be they as many.
bool FixedPointStage::takes(int k, const nn::CellParameters& cell, const std::vector<float>& input) const {
  if (k > 0 && models_[static_cast<std::size_t>(k - 1)].inferred_inputs > 0) return false;
  if (cell.inputs() == static_cast<int>(input.size())) return true;
  if (k > 0 || settings_.coupled) return false;
  throw DataError(reference_.source + ": noise-free inputs of " + std::to_string(input.size()) +
                  " columns, the network has " + std::to_string(cell.inputs()) + " inputs");
}

void FixedPointStage::add_way(int k, const nn::CellParameters& cell) {
  if (!takes(k, cell, way_begin_)) return;
  const bool anew = settings_.way_starts == WayStarts::latents;
  for (int j = 0; j < settings_.way_points; ++j)
    searches_.push_back({.model = k,
                         .input = way_point(j),
                         .like = way_point(j),
                         .start = anew || j == 0 ? Start::latents : Start::ends,
                         .from = way_point(j - 1),
                         .round = anew ? 0 : j,
                         .system = cell});
}

std::int64_t FixedPointStage::chunks() const {
  return (settings_.max_iters + kUpdatesAtOnce - 1) / kUpdatesAtOnce;
}

std::int64_t FixedPointStage::searches_of(int round) const {
  return std::ranges::count(searches_, round, &PointSearch::round);
}

std::int64_t FixedPointStage::steps() const {
  return searches_.empty() ? 0 : 2 * std::int64_t(searches_.size()) + rounds_ * chunks();
}

FixedPointStage::Place FixedPointStage::place_of(std::int64_t i) const {
  std::int64_t first = 0;
  for (int round = 0;; ++round) {
    const std::int64_t n = searches_of(round);
    if (i < n) return {Place::Kind::prepare, round, static_cast<std::size_t>(first + i)};
    if (i < n + chunks()) return {Place::Kind::advance, round, static_cast<std::size_t>(i - n)};
    if (i < 2 * n + chunks())
      return {Place::Kind::look, round, static_cast<std::size_t>(first + i - n - chunks())};
    i -= 2 * n + chunks(), first += n;
  }
}

const PointSearch* FixedPointStage::of(int model, const std::string& input) const {
  for (const PointSearch& s : searches_)
    if (s.model == model && s.input == input) return &s;
  return nullptr;
}

const PointSearch* FixedPointStage::first_of(int model) const {
  const auto found = std::ranges::find(searches_, model, &PointSearch::model);
  return found == searches_.end() ? nullptr : &*found;
}

Dense<float> FixedPointStage::constant_input(const PointSearch& s, const Courses& courses) const {
  const int U = s.system.inputs();
  Dense<float> input(1, U);
  if (s.like == "mean") return courses.mean_input(U);
  if (s.like == "phase") std::ranges::copy(phase_, input.data());
  if (s.like.starts_with("vector_"))
    std::ranges::copy(settings_.vectors[std::stoul(s.like.substr(7))], input.data());
  if (s.like.starts_with("between_")) {
    const float part = std::stof(s.like.substr(8)) / static_cast<float>(settings_.way_points - 1);
    for (int j = 0; j < U; ++j) {
      const auto at = static_cast<std::size_t>(j);
      input(0, j) = way_begin_[at] + part * (way_end_[at] - way_begin_[at]);
    }
  }
  return input;
}

// The draws of torch.manual_seed(seed), randint, randn.
void FixedPointStage::start_from_latents(PointSearch& s, const Courses& courses) const {
  const int n = settings_.n_inits, D = s.system.units();
  const auto open = open_rows(reference_, settings_.moment(), settings_.valid_bins_only);
  TorchGenerator generator(seed_);
  std::vector<std::int64_t> draws(static_cast<std::size_t>(n));
  generator.randint(draws, 0, static_cast<std::int64_t>(open.size()));
  std::vector<float> noise(static_cast<std::size_t>(n) * static_cast<std::size_t>(D));
  generator.normal(noise);
  s.x_init = Dense<float>(n, D);
  if (s.like == "trials") s.inputs = Dense<float>(n, s.system.inputs());
  if (s.system.is_coupled()) s.targets = Dense<float>(n, 2);
  for (int i = 0; i < n; ++i) {
    const std::int64_t place = open[static_cast<std::size_t>(draws[static_cast<std::size_t>(i)])];
    std::copy_n(courses.state(place), D, s.x_init.row(i));
    if (s.like == "trials") courses.copy_input(place, s.inputs.row(i));
    if (s.system.is_coupled()) std::copy_n(courses.target(place), 2, s.targets.row(i));
  }
  for (std::size_t k = 0; k < noise.size(); ++k)
    s.x_init.values[k] += static_cast<float>(settings_.noise_scale) * noise[k];
}

// The same draws, of the ends.
void FixedPointStage::start_from_ends(PointSearch& s) const {
  const math::DenseD& ends = of(s.model, s.from)->found->x;
  TorchGenerator generator(seed_);
  std::vector<std::int64_t> draws(static_cast<std::size_t>(settings_.n_inits));
  generator.randint(draws, 0, ends.rows);
  s.x_init = Dense<float>(settings_.n_inits, ends.columns);
  std::vector<float> noise(s.x_init.size());
  generator.normal(noise);
  for (int i = 0; i < s.x_init.rows; ++i)
    for (int j = 0; j < ends.columns; ++j)
      s.x_init(i, j) = static_cast<float>(ends(static_cast<int>(draws[static_cast<std::size_t>(i)]), j)) +
                       static_cast<float>(settings_.noise_scale) *
                           noise[static_cast<std::size_t>(i) * std::size_t(ends.columns) + std::size_t(j)];
}

// Each distinct fixed point of the reference once, through the affine map of state_r2.
void FixedPointStage::start_from_reference(PointSearch& s, const Courses& courses) const {
  const FixedPoints& points = *of(0, s.from)->found;
  const auto kept = points.kept();
  const Rows from = counted(reference_.train_latents, reference_.train_lengths),
             to = counted(*courses.latents[0], reference_.train_lengths);
  const Regression map = regress(Columns(from.values, from.width), Columns(to.values, to.width));
  s.x_init = Dense<float>(static_cast<int>(kept.size()), s.system.units());
  for (int i = 0; i < s.x_init.rows; ++i)
    for (int j = 0; j < s.x_init.columns; ++j) {
      double x = map.intercept(j);
      for (int d = 0; d < points.x.columns; ++d)
        x += points.x(static_cast<int>(kept[static_cast<std::size_t>(i)]), d) * map.weights(d, j);
      s.x_init(i, j) = static_cast<float>(x);
    }
}

Courses FixedPointStage::courses_of(const PointSearch& s) const {
  if (s.start == Start::ends) return {};  // not needed
  if (s.model > 0) return model_courses(reference_, model_of(s));
  return s.input == "trials" ? noiseless_courses(reference_, threads_) : recorded_courses(reference_);
}

void FixedPointStage::prepare(PointSearch& s) {
  if (!s.system.is_coupled()) return prepare(s, courses_of(s));
  if (!coupled_) coupled_ = coupled_courses(reference_);
  prepare(s, *coupled_);
}

void FixedPointStage::prepare(PointSearch& s, const Courses& courses) const {
  s.inputs = constant_input(s, courses);
  switch (s.start) {
    case Start::latents:
      start_from_latents(s, courses);
      break;
    case Start::reference:
      start_from_reference(s, courses);
      break;
    case Start::ends:
      start_from_ends(s);
      break;
  }
  relax(s);
  if (s.x_init.rows > 0) s.search = finder(s);
}

// The network alone, without noise.
void FixedPointStage::relax(PointSearch& s) const {
  if (settings_.relax_steps == 0 || s.x_init.rows == 0) return;
  constexpr int kRowsAtOnce = 128;
  parallel_for(static_cast<std::size_t>((s.x_init.rows + kRowsAtOnce - 1) / kRowsAtOnce), threads_,
               [&](std::size_t k) {
                 math::use_threads(1);
                 const int first = static_cast<int>(k) * kRowsAtOnce,
                           count = std::min(kRowsAtOnce, s.x_init.rows - first);
                 const auto dynamics = s.system.dynamics<float>();
                 const auto rows = [&](const Dense<float>& all) {
                   Dense<float> some(all.rows == 1 ? 1 : count, all.columns);
                   std::copy_n(all.row(all.rows == 1 ? 0 : first), some.size(), some.data());
                   return some;
                 };
                 const Dense<float> projected = dynamics->project(rows(s.inputs));
                 Dense<float> x(count, s.x_init.columns), next;
                 std::copy_n(s.x_init.row(first), x.size(), x.data());
                 nn::StateMap<float>::Tape tape;
                 for (std::int64_t t = 0; t < settings_.relax_steps; ++t) {
                   dynamics->step(projected, x, next, tape);
                   std::swap(x, next);
                 }
                 std::copy_n(x.data(), x.size(), s.x_init.row(first));
               });
  math::use_threads(threads_);
}

std::unique_ptr<Finder> FixedPointStage::finder(const PointSearch& s) const {
  const FixedPointSettings& f = settings_;
  if (f.method == SearchMethod::levenberg_marquardt)
    return std::make_unique<LevenbergMarquardt>(s.system, widened(s.x_init), widened(s.inputs),
                                                f.freeze_below);
  return std::make_unique<Search<float>>(s.system.cell(), s.x_init, s.inputs,
                                         SearchOptions{f.lr, f.lr_decay, f.lr_decay_every, f.freeze_below});
}

void FixedPointStage::advance(int round, std::int64_t chunk) {
  const std::int64_t updates = std::min(kUpdatesAtOnce, settings_.max_iters - chunk * kUpdatesAtOnce);
  std::vector<std::pair<PointSearch*, int>> tasks;
  for (PointSearch& s : searches_)
    for (int block = 0; s.round == round && s.search && block < s.search->blocks(); ++block)
      tasks.emplace_back(&s, block);
  parallel_for(tasks.size(), threads_, [&](std::size_t k) {
    math::use_threads(1);
    tasks[k].first->search->advance(tasks[k].second, updates);
  });
  math::use_threads(threads_);
  for (PointSearch& s : searches_)
    if (s.round == round && s.search) s.mean_q.push_back(s.search->mean_q());
}

void FixedPointStage::look_at(PointSearch& s) const {
  s.found = analyse(s.system, s.search ? s.search->ends() : widened(s.x_init), widened(s.inputs), settings_,
                    threads_);
  s.sets = join_points(s.system, *s.found, settings_);
}

void FixedPointStage::step(std::int64_t i) {
  const Place place = place_of(i);
  if (place.kind != Place::Kind::prepare) coupled_.reset();
  switch (place.kind) {
    case Place::Kind::prepare:
      return prepare(searches_[place.index]);
    case Place::Kind::advance:
      return advance(place.round, static_cast<std::int64_t>(place.index));
    case Place::Kind::look:
      return look_at(searches_[place.index]);
  }
}

Arrays FixedPointStage::state() const {
  Arrays all;
  for (std::size_t k = 0; k < searches_.size(); ++k) {
    const std::string prefix = "fp/" + std::to_string(k) + "/";
    if (!searches_[k].search) continue;
    for (Array& array : searches_[k].search->save(prefix)) all.push_back(std::move(array));
    all.push_back(make_array(prefix + "mean_q", searches_[k].mean_q));
  }
  return all;
}

void FixedPointStage::restore(const Arrays& state, std::int64_t done) {
  for (std::int64_t i = 0; i < done; ++i) {
    const Place place = place_of(i);
    if (place.kind == Place::Kind::advance) continue;
    PointSearch& s = searches_[place.index];
    step(i);
    if (place.kind == Place::Kind::look || !s.search) continue;
    const std::string prefix = "fp/" + std::to_string(place.index) + "/";
    s.search->load(state, prefix);
    const auto mean_q = find(state, prefix + "mean_q").as<double>();
    s.mean_q.assign(mean_q.begin(), mean_q.end());
  }
}

}  // namespace tsd::compare
