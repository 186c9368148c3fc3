#include "families/compare/fixed_point_stage.hpp"

#include <algorithm>
#include <numeric>

#include "tsd/engine/parallel.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {

using nn::Dense;

namespace {

// What a network went through: its latents, and the inputs of the same steps in its cell's order.
struct Courses {
  std::vector<const Series*> latents;              // training, then validation
  std::vector<std::vector<const Series*>> inputs;  // of each part, side by side
  std::vector<const std::vector<std::int64_t>*> lengths;
};

// Place of each state that may be drawn, counted over all parts.
std::vector<std::int64_t> places(const Courses& c, bool valid_only) {
  std::vector<std::int64_t> all;
  std::int64_t first = 0;
  for (std::size_t p = 0; p < c.latents.size(); ++p) {
    const Series& s = *c.latents[p];
    for (std::int64_t row = 0; row < s.rows(); ++row)
      if (!valid_only || row % s.steps < (*c.lengths[p])[static_cast<std::size_t>(row / s.steps)])
        all.push_back(first + row);
    first += s.rows();
  }
  return all;
}

// The part a place lies in, and its row there.
std::pair<std::size_t, std::int64_t> find_row(const Courses& c, std::int64_t place) {
  std::size_t p = 0;
  for (; place >= c.latents[p]->rows(); ++p) place -= c.latents[p]->rows();
  return {p, place};
}

void copy_input(const Courses& c, std::int64_t place, float* to) {
  const auto [part, row] = find_row(c, place);
  for (const Series* s : c.inputs[part]) to = std::copy_n(s->row(row), s->width, to);
}

Dense<float> mean_input(const Courses& c, int width) {
  std::vector<double> sum(static_cast<std::size_t>(width));
  std::int64_t rows = 0;
  for (std::size_t p = 0; p < c.inputs.size(); ++p) {
    std::size_t column = 0;
    for (const Series* s : c.inputs[p]) {
      for (std::size_t k = 0; k < s->values.size(); ++k)
        sum[column + k % std::size_t(s->width)] += s->values[k];
      column += static_cast<std::size_t>(s->width);
    }
    rows += c.latents[p]->rows();
  }
  Dense<float> mean(1, width);
  std::ranges::transform(sum, mean.values.begin(),
                         [&](double x) { return static_cast<float>(x / static_cast<double>(rows)); });
  return mean;
}

}  // namespace

FixedPointStage::FixedPointStage(const FixedPointSettings& settings, const Reference& reference,
                                 const std::vector<Model>& models, std::uint64_t seed, int threads)
    : settings_(settings), reference_(reference), models_(models), seed_(seed), threads_(threads) {
  const int recorded = reference.val_inputs.width;
  std::size_t vectors_used = 0;
  for (int k = 0; k <= static_cast<int>(models.size()); ++k) {
    const Model* model = k == 0 ? nullptr : &models[static_cast<std::size_t>(k - 1)];
    const auto& cell = model ? model->cell : reference.cell;
    if (!cell) continue;
    const auto add = [&](const std::string& input) {
      searches_.emplace_back();
      searches_.back().model = k, searches_.back().input = input, searches_.back().cell = &*cell;
    };
    const int external = cell->inputs() - (model ? model->inferred_inputs : 0);
    for (const std::string& input : settings.inputs) {
      if (input != "zeros" && external != 0 && external != recorded)
        throw DataError((model ? model->file : reference.source) + ": a cell of " + std::to_string(external) +
                        " supplied inputs, the recording has " + std::to_string(recorded) +
                        "; expected fixed_points.inputs=[zeros]");
      add(input);
    }
    for (std::size_t v = 0; v < settings.vectors.size(); ++v)
      if (static_cast<int>(settings.vectors[v].size()) == cell->inputs())
        add("vector_" + std::to_string(v)), ++vectors_used;
  }
  if (!searches_.empty() && vectors_used < settings.vectors.size())
    throw ConfigError("fixed_points.vectors: a vector of a length that no cell's inputs have");
}

std::int64_t FixedPointStage::chunks() const {
  return searches_.empty() ? 0 : (settings_.max_iters + kUpdatesAtOnce - 1) / kUpdatesAtOnce;
}

std::int64_t FixedPointStage::steps() const { return 2 * std::int64_t(searches_.size()) + chunks(); }

const PointSearch* FixedPointStage::of(int model, const std::string& input) const {
  for (const PointSearch& s : searches_)
    if (s.model == model && s.input == input) return &s;
  return nullptr;
}

const PointSearch* FixedPointStage::first_of(int model) const {
  const auto found = std::ranges::find(searches_, model, &PointSearch::model);
  return found == searches_.end() ? nullptr : &*found;
}

// The draws of torch.manual_seed(seed), randint, randn.
void FixedPointStage::prepare(PointSearch& s) const {
  const Reference& r = reference_;
  ModelData data;
  Courses c;
  c.lengths = {&r.train_lengths, &r.val_lengths};
  if (s.model == 0) {
    c.latents = {&r.train_latents, &r.val_latents};
    c.inputs = {{&r.train_inputs}, {&r.val_inputs}};
  } else {
    const Model& model = models_[static_cast<std::size_t>(s.model - 1)];
    data = read_latents(model, r);
    c.latents = {&data.train_latents, &data.val_latents};
    c.inputs.resize(2);
    if (model.inferred_inputs > 0) c.inputs = {{&data.train_inferred}, {&data.val_inferred}};
    if (model.external_inputs > 0)
      c.inputs[0].push_back(&r.train_inputs), c.inputs[1].push_back(&r.val_inputs);
  }
  const int n = settings_.n_inits, D = s.cell->units(), U = s.cell->inputs();
  const auto open = places(c, settings_.valid_bins_only);
  TorchGenerator generator(seed_);
  std::vector<std::int64_t> draws(static_cast<std::size_t>(n));
  generator.randint(draws, 0, static_cast<std::int64_t>(open.size()));
  std::vector<float> noise(static_cast<std::size_t>(n) * static_cast<std::size_t>(D));
  generator.normal(noise);
  s.x_init = Dense<float>(n, D);
  s.inputs = Dense<float>(s.input == "trials" ? n : 1, U);
  if (s.input == "mean") s.inputs = mean_input(c, U);
  if (s.input.starts_with("vector_"))
    std::ranges::copy(settings_.vectors[std::stoul(s.input.substr(7))], s.inputs.data());
  for (int i = 0; i < n; ++i) {
    const std::int64_t place = open[static_cast<std::size_t>(draws[static_cast<std::size_t>(i)])];
    const auto [part, row] = find_row(c, place);
    std::copy_n(c.latents[part]->row(row), D, s.x_init.row(i));
    if (s.input == "trials") copy_input(c, place, s.inputs.row(i));
  }
  for (std::size_t k = 0; k < noise.size(); ++k)
    s.x_init.values[k] += static_cast<float>(settings_.noise_scale) * noise[k];
  s.search.emplace(*s.cell, s.x_init, s.inputs,
                   SearchOptions{settings_.learning_rate, settings_.lr_decay, settings_.lr_decay_every,
                                 settings_.freeze_below});
}

void FixedPointStage::advance() {
  const std::int64_t updates = std::min(kUpdatesAtOnce, settings_.max_iters - updates_);
  std::vector<std::pair<PointSearch*, int>> tasks;
  for (PointSearch& s : searches_)
    for (int block = 0; block < s.search->blocks(); ++block) tasks.emplace_back(&s, block);
  parallel_for(tasks.size(), threads_, [&](std::size_t k) {
    nn::use_threads(1);
    tasks[k].first->search->advance(tasks[k].second, updates);
  });
  nn::use_threads(threads_);
  updates_ += updates;
  for (PointSearch& s : searches_) s.mean_q.push_back(s.search->mean_q());
}

void FixedPointStage::step(std::int64_t i) {
  const auto n = static_cast<std::int64_t>(searches_.size());
  if (i < n) return prepare(searches_[static_cast<std::size_t>(i)]);
  if (i < n + chunks()) return advance();
  PointSearch& s = searches_[static_cast<std::size_t>(i - n - chunks())];
  const auto widened = [](const Dense<float>& from) {
    nn::DenseD to(from.rows, from.columns);
    std::ranges::copy(from.values, to.values.begin());
    return to;
  };
  s.found = analyse(*s.cell, widened(s.search->states()), widened(s.inputs), settings_, threads_);
}

Arrays FixedPointStage::state() const {
  Arrays all = {make_scalar("fp/updates", updates_)};
  for (std::size_t k = 0; k < searches_.size(); ++k) {
    const std::string prefix = "fp/" + std::to_string(k) + "/";
    if (!searches_[k].search) continue;
    for (Array& array : searches_[k].search->save(prefix)) all.push_back(std::move(array));
    all.push_back(make_array(prefix + "mean_q", searches_[k].mean_q));
  }
  return all;
}

void FixedPointStage::restore(const Arrays& state, std::int64_t done) {
  const auto n = static_cast<std::int64_t>(searches_.size());
  for (std::int64_t i = 0; i < std::min(done, n); ++i) {
    PointSearch& s = searches_[static_cast<std::size_t>(i)];
    const std::string prefix = "fp/" + std::to_string(i) + "/";
    prepare(s);
    s.search->load(state, prefix);
    const auto mean_q = find(state, prefix + "mean_q").as<double>();
    s.mean_q.assign(mean_q.begin(), mean_q.end());
  }
  updates_ = scalar<std::int64_t>(state, "fp/updates");
  for (std::int64_t i = n + chunks(); i < done; ++i) step(i);
}

}  // namespace tsd::compare
