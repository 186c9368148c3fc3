#include "families/plastic/analysis/mechanism/mechanism.hpp"

#include <algorithm>
#include <limits>

#include "families/plastic/analysis/mechanism/lesion.hpp"
#include "families/plastic/analysis/mechanism/probe.hpp"
#include "families/plastic/analysis/mechanism/readout.hpp"
#include "families/plastic/analysis/models.hpp"
#include "tsd/engine/parallel.hpp"

namespace tsd::plastic {

namespace {

constexpr int kLeastAges = 5;

const std::string kModel = "/runs/<seed>/<model>/";

const std::vector<Output> kOutputs = {
    {kModel + "novel_<l>", "neuron #", "", "mean activity of layer l at the answer to novel scenes"},
    {kModel + "familiar_<l>", "neuron #", "", "mean activity of layer l at the answer to familiar scenes"},
    {kModel + "selectivity_<l>", "neuron #", "SD",
     "difference of both, familiar less novel, over the SD within; below 0: repetition suppression"},
    {kModel + "fixed_novel_<l>", "neuron #", "", "mean of W u + b at the answer to novel scenes"},
    {kModel + "fixed_familiar_<l>", "neuron #", "", "mean of W u + b at the answer to familiar scenes"},
    {kModel + "memory_novel_<l>", "neuron #", "",
     "mean of what P adds at the answer to novel scenes: P u, or (W o P) u"},
    {kModel + "memory_familiar_<l>", "neuron #", "", "mean of what P adds at the answer to familiar scenes"},
    {kModel + "opposition", "plastic layer,novelty", "",
     "correlation over neurons of what W and what P give, mean over scenes; novel, familiar"},
    {kModel + "rank", "plastic layer", "",
     "participation ratio of P P' after a scene, mean: how many directions memories take"},
    {kModel + "persistence_<l>", "lag", "", "cosine of P after a scene and `lag` scenes later, mean"},
    {kModel + "time_constant_<l>", "decay #", "frames", "-1 / ln of the decay of P"},
    {kModel + "decoded_familiarity", "layer", "",
     "area under the ROC curve of a linear readout of the layer on held-out scenes; 1/2: chance"},
    {kModel + "ages", "age", "scenes", "how long ago familiar scenes were shown"},
    {kModel + "decoded_age", "layer", "",
     "R^2 of a linear readout of the age of familiar scenes, on held-out ones"},
    {kModel + "intact", "", "fraction", "accuracy of the whole network: scenes answered right"},
    {kModel + "without_memory", "plastic layer", "fraction", "accuracy with P of one layer held at 0"},
    {kModel + "without_neuron_<l>", "neuron #", "fraction",
     "accuracy with one neuron held at 0; not of layers with recurrent weights"},
};

Meaning meaning(const std::string& name) { return tsd::meaning_of(kOutputs, kModel + name); }

struct Found {
  Model model;
  std::vector<Probe> layers;
  std::vector<double> decoded_familiarity, decoded_age;  // [layer]
  std::vector<std::int64_t> ages;
  double accuracy = 0;
  std::vector<double> without_memory;               // [plastic layer]
  std::vector<std::vector<double>> without_neuron;  // [layer][neuron]
};

// Activity of a layer at the answers.
std::vector<float> answers(const ModelSpec& network, const Sequence& sequence, const Trace& trace,
                           std::size_t l, bool familiar_only) {
  const auto n = static_cast<std::size_t>(network.layers[l].n);
  std::vector<float> rows;
  for (std::size_t s = 0; s < sequence.labels.size(); ++s) {
    if (familiar_only && sequence.labels[s] == 0) continue;
    const auto row =
        trace.h[l].begin() + static_cast<std::ptrdiff_t>(((s + 1) * std::size_t(sequence.F) - 1) * n);
    rows.insert(rows.end(), row, row + static_cast<std::ptrdiff_t>(n));
  }
  return rows;
}

class Examination {
 public:
  Examination(const Config& config, Backend& backend, Found& found)
      : config_(config), network_(config.spec()), backend_(backend), found_(found) {}

  void run() {
    const Sequence sequence = shown(found_.model.R, config_.eval.mechanism_scenes);
    Trace trace;
    const auto y = backend_.run(found_.model.parameters, sequence, &trace);
    found_.accuracy = accuracy(sequence, y);
    const std::vector<float> labels(sequence.labels.begin(), sequence.labels.end());
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
      found_.layers.push_back(
          probe(network_, layout(), found_.model.parameters, sequence, trace, l, 2 * found_.model.R + 1));
      found_.decoded_familiarity.push_back(
          decoded_label(answers(network_, sequence, trace, l, false), network_.layers[l].n, labels));
    }
    decode_age();
    lesion(sequence);
  }

 private:
  const Layout& layout() const { return found_.model.learner->layout(); }

  Sequence shown(int R, int T) const {
    Sequence sequence;
    generate(config_.task(), R, T, *fresh_draws(found_.model, "mechanism", R), sequence);
    return sequence;
  }

  static double accuracy(const Sequence& sequence, std::span<const float> y) {
    Score score;
    score.add(sequence, y);
    return score.accuracy();
  }

  // Familiar scenes of every age, dealt in turn, so that both halves have all of them.
  void decode_age() {
    const int oldest = std::max(2 * found_.model.R, kLeastAges);
    const auto layers = network_.layers.size();
    std::vector<std::vector<std::vector<float>>> rows;  // [age][layer]
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    for (int age = 1; age <= oldest; ++age) {
      found_.ages.push_back(age);
      const Sequence sequence = shown(age, std::max(config_.eval.mechanism_scenes / oldest, 4 * age));
      Trace trace;
      backend_.run(found_.model.parameters, sequence, &trace);
      auto& of_age = rows.emplace_back();
      for (std::size_t l = 0; l < layers; ++l) of_age.push_back(answers(network_, sequence, trace, l, true));
      fewest = std::min(fewest, of_age[0].size() / static_cast<std::size_t>(network_.layers[0].n));
    }
    for (std::size_t l = 0; l < layers; ++l) {
      const auto n = static_cast<std::ptrdiff_t>(network_.layers[l].n);
      std::vector<float> activity, ages;
      for (std::size_t k = 0; k < fewest; ++k)
        for (int age = 1; age <= oldest; ++age) {
          const auto row =
              rows[static_cast<std::size_t>(age - 1)][l].begin() + static_cast<std::ptrdiff_t>(k) * n;
          activity.insert(activity.end(), row, row + n);
          ages.push_back(static_cast<float>(age));
        }
      found_.decoded_age.push_back(decoded_value(activity, network_.layers[l].n, ages));
    }
  }

  void lesion(const Sequence& sequence) {
    const auto& parameters = found_.model.parameters;
    const auto score = [&](const std::vector<float>& changed) {
      return accuracy(sequence, backend_.run(changed, sequence));
    };
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
      const Layer& layer = network_.layers[l];
      if (layer.plastic())
        found_.without_memory.push_back(score(without_memory(network_, layout(), parameters, l)));
      auto& of_layer = found_.without_neuron.emplace_back();
      if (can_be_silent(layer))
        for (std::size_t i = 0; i < static_cast<std::size_t>(layer.n); ++i)
          of_layer.push_back(score(without_neuron(network_, layout(), parameters, l, i)));
    }
  }

  const Config& config_;
  const ModelSpec network_;
  Backend& backend_;
  Found& found_;
};

void write(Hdf5Writer& results, const Found& found) {
  const std::string group = found.model.group() + "/";
  const auto put = [&](const std::string& name, const auto& values) {
    results.dataset(group + name, values, meaning(name));
  };
  std::vector<double> opposition, rank;
  for (std::size_t l = 0; l < found.layers.size(); ++l) {
    const Probe& probe = found.layers[l];
    const auto of_layer = [&](const std::string& name, const std::vector<double>& values) {
      results.dataset(group + name + "_" + std::to_string(l + 1), values, meaning(name + "_<l>"));
    };
    of_layer("novel", probe.activity.novel);
    of_layer("familiar", probe.activity.familiar);
    of_layer("selectivity", probe.selectivity);
    if (!found.without_neuron[l].empty()) of_layer("without_neuron", found.without_neuron[l]);
    if (probe.persistence.empty()) continue;
    of_layer("fixed_novel", probe.fixed.novel);
    of_layer("fixed_familiar", probe.fixed.familiar);
    of_layer("memory_novel", probe.remembered.novel);
    of_layer("memory_familiar", probe.remembered.familiar);
    of_layer("persistence", probe.persistence);
    of_layer("time_constant", probe.time_constant);
    opposition.insert(opposition.end(), std::begin(probe.opposition), std::end(probe.opposition));
    rank.push_back(probe.rank);
  }
  if (!rank.empty()) {
    results.dataset<double>(group + "opposition", opposition, {static_cast<std::int64_t>(rank.size()), 2},
                            meaning("opposition"));
    put("rank", rank);
    put("without_memory", found.without_memory);
  }
  put("decoded_familiarity", found.decoded_familiarity);
  put("ages", found.ages);
  put("decoded_age", found.decoded_age);
  results.dataset(group + "intact", make_scalar("intact", found.accuracy), meaning("intact"));
  results.attribute(found.model.group(), "R", std::int64_t{found.model.R});
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& experiment = static_cast<PlasticExperiment&>(finished);
  const Config& config = experiment.config();
  std::vector<Found> all;
  for (const Model& model : chosen_models(experiment)) all.push_back({model, {}, {}, {}, {}, 0, {}, {}});
  parallel_for(all.size(), experiment.context().threads,
               [&](std::size_t k) { Examination(config, *experiment.new_backend(), all[k]).run(); });
  for (const Found& found : all) write(results, found);
}

}  // namespace

Analysis mechanism() {
  return {"mechanism", "what neurons, inputs and memories tell familiar scenes by, and what lesions cost",
          kOutputs, run};
}

}  // namespace tsd::plastic
