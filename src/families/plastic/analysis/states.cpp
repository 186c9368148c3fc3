#include "families/plastic/analysis/states.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "families/plastic/analysis/memory.hpp"
#include "families/plastic/analysis/models.hpp"
#include "tsd/engine/parallel.hpp"

namespace tsd::plastic {

namespace {

struct MatrixFacts {
  const char* name;
  const char* meaning;
};
enum MatrixKind { kPlastic, kEffective, kProduct };
constexpr MatrixFacts kMatrices[] = {
    {"P", "plastic matrix after the update of the frame, P(t+1)"},
    {"effective", "what multiplies the input in the frame: W + P(t), or W o (1 + P(t))"},
    {"product", "W o P(t) of a multiplicative layer: what its memory adds to W in the frame"},
};

const std::string kModel = "/runs/<seed>/<model>/";

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {kModel + "input", "frame,component", "", "frames of the sequence, -1 or +1"},
      {kModel + "frame_target", "frame", "0 novel, 1 familiar, 2 no answer wanted",
       "target, which the last frame of a scene has"},
      {kModel + "y", "frame", "", "output; familiar from 1/2 on"},
      {kModel + "h_<l>", "frame,neuron #", "", "activity of layer l"},
  };
  for (const MatrixFacts& facts : kMatrices)
    all.push_back({kModel + facts.name + "_<l>", "window frame,post #,pre #", "", facts.meaning});
  return all;
}

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning(const std::string& name) { return tsd::meaning_of(outputs(), kModel + name); }

// The matrices of a window, and the spread of their entries over the whole sequence.
class Film {
 public:
  void add(const std::vector<float>& matrix, bool keep) {
    for (const float x : matrix) sum_ += x, squares_ += double{x} * x;
    entries_ += static_cast<double>(matrix.size());
    if (keep) kept_.insert(kept_.end(), matrix.begin(), matrix.end());
  }
  const std::vector<float>& kept() const { return kept_; }
  double mean() const { return sum_ / entries_; }
  double deviation() const { return std::sqrt(std::max(squares_ / entries_ - mean() * mean(), 0.0)); }

 private:
  std::vector<float> kept_;
  double sum_ = 0, squares_ = 0, entries_ = 0;
};

struct Recorded {
  Model model;
  Sequence sequence;
  Trace trace;
  int first = 0, frames = 0;                                  // the window
  std::vector<std::array<Film, std::size(kMatrices)>> films;  // of each plastic layer
};

void film(const ModelSpec& network, Recorded& recorded) {
  const Layout& layout = recorded.model.learner->layout();
  recorded.films.resize(static_cast<std::size_t>(network.lambdas()));
  for (std::size_t l = 0; l < recorded.films.size(); ++l) {
    PlasticMatrix matrix(network, layout, recorded.model.parameters, l);
    auto& films = recorded.films[l];
    for (int t = 0; t < recorded.sequence.frame_count(); ++t) {
      const bool keep = t >= recorded.first && t < recorded.first + recorded.frames;
      films[kEffective].add(matrix.effective(), keep);
      if (network.layers[l].rule == Rule::multiplicative) films[kProduct].add(matrix.product(), keep);
      matrix.see(recorded.sequence, recorded.trace, t);
      films[kPlastic].add(matrix.values(), keep);
    }
  }
}

void record(const Config& config, Backend& backend, Recorded& recorded) {
  const int R = recorded.model.R;
  generate(config.task(), R, config.scenes(R), *fresh_draws(recorded.model, "states", R), recorded.sequence);
  backend.run(recorded.model.parameters, recorded.sequence, &recorded.trace);
  recorded.first = std::min(R * config.scene_time, recorded.sequence.frame_count() - 1);
  recorded.frames = std::min(config.record_states.T_step, recorded.sequence.frame_count() - recorded.first);
  film(config.spec(), recorded);
}

std::vector<std::uint8_t> frame_targets(const Sequence& sequence) {
  std::vector<std::uint8_t> targets(static_cast<std::size_t>(sequence.frame_count()), 2);
  for (std::size_t s = 0; s < sequence.labels.size(); ++s)
    targets[(s + 1) * static_cast<std::size_t>(sequence.F) - 1] = sequence.labels[s];
  return targets;
}

void write(Hdf5Writer& results, const ModelSpec& network, const Recorded& recorded) {
  const std::string group = recorded.model.group() + "/";
  const std::int64_t frames = recorded.sequence.frame_count();
  const auto numbered = [](const std::string& name, std::size_t l) {
    return name + "_" + std::to_string(l + 1);
  };
  results.dataset<float>(group + "input", recorded.sequence.frames, {frames, network.d}, meaning("input"));
  results.dataset(group + "frame_target", frame_targets(recorded.sequence), meaning("frame_target"));
  results.dataset(group + "y", recorded.trace.y, meaning("y"));
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    results.dataset<float>(group + numbered("h", l), recorded.trace.h[l], {frames, network.layers[l].n},
                           meaning("h_<l>"));
  for (std::size_t l = 0; l < recorded.films.size(); ++l)
    for (std::size_t kind = 0; kind < std::size(kMatrices); ++kind) {
      const Film& film = recorded.films[l][kind];
      if (film.kept().empty()) continue;
      const std::string path = group + numbered(kMatrices[kind].name, l);
      results.dataset<float>(path, film.kept(), {recorded.frames, network.layers[l].n, network.layers[l].m},
                             meaning(std::string(kMatrices[kind].name) + "_<l>"));
      results.attribute(path, "clip_low", film.mean() - 2 * film.deviation());
      results.attribute(path, "clip_high", film.mean() + 2 * film.deviation());
    }
  results.attribute(recorded.model.group(), "R", std::int64_t{recorded.model.R});
  results.attribute(recorded.model.group(), "first_frame", std::int64_t{recorded.first});
  results.attribute(recorded.model.group(), "frames", std::int64_t{recorded.frames});
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& experiment = static_cast<PlasticExperiment&>(finished);
  const Config& config = experiment.config();
  std::vector<Recorded> all;
  for (const Model& model : chosen_models(experiment)) all.push_back({model, {}, {}, 0, 0, {}});
  parallel_for(all.size(), experiment.context().threads,
               [&](std::size_t k) { record(config, *experiment.new_backend(), all[k]); });
  for (const Recorded& recorded : all) write(results, config.spec(), recorded);
}

}  // namespace

Analysis states() {
  return {"states", "activity, plastic matrices and effective weights over a sequence", outputs(), run};
}

}  // namespace tsd::plastic
