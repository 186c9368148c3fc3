// What a run trains on: the stimuli, their split, and the features the frozen backbone makes of them.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/nback/config.hpp"
#include "families/nback/perceptual.hpp"
#include "families/nback/splits.hpp"
#include "families/nback/stimuli.hpp"
#include "families/nback/task.hpp"

namespace tsd::nback {

// (x - mean) / sd per feature.
struct FeatureScale {
  std::vector<double> mean, sd;  // [F]; without values: 0 and 1
};

struct Material {
  StimulusSet set;
  Splits splits;
  int F = 0;                             // features per image
  FeatureScale scale;                    // what was done to them
  std::vector<float> features;           // [S, F], as the network gets them
  std::string backbone, weights, bn;     // what made the features
  std::vector<std::uint8_t> thumbnails;  // of the images, where there are any

  // backbone.bn: live. Features then change with every batch and the table is empty.
  std::unique_ptr<Perceptual> live;
  std::vector<std::uint8_t> pixels;
};

Material make_material(const Config& config, const RunContext& context);
// Features as the backbone gives them.
Material from_images(StimulusImages images, const Config& config, const RunContext& context);

// Over the rows of `training`; population SD, 1 for features without spread.
FeatureScale feature_scale(std::span<const float> features, int F, std::span<const std::int32_t> training,
                           Standardize standardize);
void apply(const FeatureScale& scale, std::span<float> features, int F);

}  // namespace tsd::nback
