// Which properties of an image can be read linearly after each block of the image network (nback.md 7.11).
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/study.hpp"
#include "families/nback/data/stimuli/stimuli.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<std::string> kPoolings = {"mean", "quadrants"};

std::vector<Output> outputs() {
  std::vector<Output> rows = {
      {"/layers/blocks", "layer", "", "blocks of the image network that are run"},
      {"/layers/channels", "layer", "",
       "channels after the last of them; quadrants have four times as many features"},
      {"/layers/poolings", "pooling", "", "what of a feature map is decoded, as backbone.pooling"},
      {"/layers/splits", "split", "", "validation splits whose images are decoded"},
      {"/layers/<property>/accuracy_train", "layer,pooling", "fraction", "accuracy on the training images"}};
  const auto more = score_outputs("/layers/<property>", "layer,pooling,split",
                                  "accuracy, on the images of a split, of a decoder of the training images");
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

// Of all images; none where the network has no blocks.
std::vector<BlockFeatures> block_features(const NbackExperiment& experiment) {
  const Material& material = experiment.material();
  if (material.live) return material.live->features_by_block(material.pixels);
  const Config& config = experiment.config();
  const StimulusImages images = load_images(config.stimuli, experiment.context().threads);
  Perceptual network(locate_weights(config.backbone), experiment.context().device, experiment.context().seed);
  if (config.backbone.bn == BnMode::recalibrated) network.recalibrate(images.pixels, material.splits.train);
  return network.features_by_block(images.pixels);
}

Dense chosen_rows(std::span<const float> features, int width, std::span<const std::int32_t> chosen) {
  Dense x(static_cast<int>(chosen.size()), width);
  for (std::size_t i = 0; i < chosen.size(); ++i)
    for (int f = 0; f < width; ++f)
      x(static_cast<int>(i), f) = features[static_cast<std::size_t>(chosen[i]) * width + f];
  return x;
}

std::vector<int> labels_of(const StimulusSet& set, std::span<const std::int32_t> chosen, Property property) {
  std::vector<int> all;
  for (auto i : chosen) all.push_back(value_of(set.stimuli[i], property));
  return all;
}

struct Found {
  Scores scores;
  std::vector<double> training;
};

// One layer and pooling, all properties.
void decode(const Study& study, std::span<const float> features, int width, std::size_t cell,
            std::vector<Found>& found) {
  const Splits& splits = study.experiment().material().splits;
  const std::vector<std::int32_t>* tested[] = {&splits.novel_angle, &splits.novel_identity};
  const Dense x = chosen_rows(features, width, splits.train);
  const SvcProblem problem(x);
  const auto properties = study.properties();
  for (std::size_t p = 0; p < properties.size(); ++p) {
    const auto labels = labels_of(study.set(), splits.train, properties[p]);
    if (classes_of(labels).size() < 2) continue;
    const Svc decoder = problem.fit(labels);
    found[p].training[cell] = answers(decoder, x, labels).accuracy();
    for (std::size_t s = 0; s < std::size(tested); ++s) {
      const Answers given = answers(decoder, chosen_rows(features, width, *tested[s]),
                                    labels_of(study.set(), *tested[s], properties[p]));
      if (!given.label.empty()) found[p].scores.put(cell * std::size(tested) + s, given);
    }
  }
}

bool has_images(const Config& config) {
  return config.stimuli.source != StimuliSource::features &&
         config.stimuli.source != StimuliSource::synthetic;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "layers");
  if (!has_images(study.config()))
    return log_info("layers: the run's features come from no images; nothing to look at");
  const auto layers = block_features(study.experiment());
  if (layers.empty())
    return log_info("layers: the image network is one exported program, without blocks; nothing to look at");
  const auto properties = study.properties();
  const Shape cells = {static_cast<std::int64_t>(layers.size()), static_cast<std::int64_t>(kPoolings.size())};
  const Shape shape = {cells[0], cells[1], 2};
  std::vector<Found> found(properties.size(),
                           {Scores(shape, study.options().shuffles, study.random("shuffles")),
                            std::vector<double>(count(cells), std::numeric_limits<double>::quiet_NaN())});
  parallel_for(count(cells), study.threads(), [&](std::size_t cell) {
    math::use_threads(1);
    const BlockFeatures& layer = layers[cell / 2];
    cell % 2 == 0 ? decode(study, layer.mean, layer.channels, cell, found)
                  : decode(study, layer.quadrants, 4 * layer.channels, cell, found);
  });

  const auto rows = outputs();
  std::vector<int> blocks, channels;
  for (const BlockFeatures& layer : layers) {
    blocks.push_back(static_cast<int>(blocks.size()) + 1);
    channels.push_back(layer.channels);
  }
  file.dataset("/layers/blocks", blocks, tsd::meaning_of(rows, "/layers/blocks"));
  file.dataset("/layers/channels", channels, tsd::meaning_of(rows, "/layers/channels"));
  file.strings("/layers/poolings", kPoolings, tsd::meaning_of(rows, "/layers/poolings"));
  file.strings("/layers/splits", {"novel_angle", "novel_identity"}, tsd::meaning_of(rows, "/layers/splits"));
  for (std::size_t p = 0; p < properties.size(); ++p) {
    const std::string row = "/layers/<property>", group = "/layers/" + std::string(name_of(properties[p]));
    found[p].scores.write(file, rows, row, group);
    write(file, rows, row + "/accuracy_train", group + "/accuracy_train", found[p].training, cells);
  }
  file.attribute("/layers", "backbone", study.experiment().material().backbone);
  file.attribute("/layers", "weights", study.experiment().material().weights);
  file.attribute("/layers", "bn", study.experiment().material().bn);
  file.attribute("/layers", "classifier", std::string("C-SVC"));
}

}  // namespace

Analysis layers() {
  return {"layers", "what can be read from the images after each block of the image network", outputs(), run};
}

}  // namespace tsd::nback
