#include "families/nback/data/material.hpp"

#include <cmath>

#include "families/nback/data/features/feature_table.hpp"
#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::nback {

namespace {

std::string bn_name(BnMode mode) {
  return mode == BnMode::recalibrated ? "recalibrated" : mode == BnMode::imagenet ? "imagenet" : "live";
}

Material from_table(FeatureFile table, const SplitRule& rule) {
  Material material;
  material.splits = make_splits(table.set, rule);
  material.set = std::move(table.set);
  material.F = table.F;
  material.features = std::move(table.features);
  material.backbone = table.backbone;
  material.weights = table.weights;
  material.bn = table.bn;
  return material;
}

}  // namespace

Material from_images(StimulusImages images, const Config& config, const RunContext& context) {
  Material material;
  material.splits = make_splits(images.set, config.stimuli.split);
  material.bn = bn_name(config.backbone.bn);
  material.thumbnails = thumbnails(images);
  if (config.backbone.bn == BnMode::live) {
    material.live = std::make_unique<Perceptual>(locate_weights(config.backbone), context.device,
                                                 context.seed, config.backbone.view);
    material.F = material.live->features();
    material.backbone = material.live->arch();
    material.weights = material.live->weights();
    material.set = std::move(images.set);
    material.pixels = std::move(images.pixels);
    return material;
  }
  FeatureTable table =
      extract_features(config.backbone, images.pixels, material.splits.train, context.device, context.seed);
  material.set = std::move(images.set);
  material.F = table.F;
  material.features = std::move(table.values);
  material.backbone = table.arch;
  material.weights = table.weights;
  return material;
}

FeatureScale feature_scale(std::span<const float> features, int F, std::span<const std::int32_t> training,
                           Standardize standardize) {
  FeatureScale scale;
  if (standardize == Standardize::none) return scale;
  const auto n = static_cast<double>(training.size());
  for (int f = 0; f < F; ++f) {
    double mean = 0, square = 0;
    for (auto row : training) mean += features[static_cast<std::size_t>(row) * F + f];
    mean /= n;
    scale.mean.push_back(mean);
    if (standardize == Standardize::centre) continue;
    for (auto row : training) {
      const double d = features[static_cast<std::size_t>(row) * F + f] - mean;
      square += d * d;
    }
    scale.sd.push_back(square > 0 ? std::sqrt(square / n) : 1);
  }
  return scale;
}

void apply(const FeatureScale& scale, std::span<float> features, int F) {
  if (scale.mean.empty()) return;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const std::size_t f = i % F;
    features[i] = static_cast<float>((features[i] - scale.mean[f]) / (scale.sd.empty() ? 1 : scale.sd[f]));
  }
}

Material make_material(const Config& config, const RunContext& context) {
  Material material;
  switch (config.stimuli.source) {
    case StimuliSource::features:
      material = from_table(read_features(config.stimuli.path), config.stimuli.split);
      if (const auto doubt = about_equal_objects(material.set, std::as_bytes(std::span(material.features)));
          !doubt.empty())
        log_warning(config.stimuli.path + ": " + doubt);
      break;
    case StimuliSource::synthetic:
      material = from_table(synthetic_features(config.stimuli.identities, config.stimuli.seed),
                            config.stimuli.split);
      break;
    default:
      material = from_images(load_images(config.stimuli, context.threads), config, context);
  }
  material.scale =
      feature_scale(material.features, material.F, material.splits.train, config.backbone.standardize);
  apply(material.scale, material.features, material.F);
  return material;
}

}  // namespace tsd::nback
