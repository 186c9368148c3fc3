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

struct Material {
  StimulusSet set;
  Splits splits;
  int F = 0;                          // features per image
  std::vector<float> features;        // [S, F]; z-scored over the training stimuli if asked for
  std::string backbone, weights, bn;  // what made the features

  // backbone.bn: live. Features then change with every batch and the table is empty.
  std::unique_ptr<Perceptual> live;
  std::vector<std::uint8_t> pixels;
};

Material make_material(const Config& config, const RunContext& context);
// Features as the backbone gives them.
Material from_images(StimulusImages images, const Config& config, const RunContext& context);

// (x - mean) / sd per feature over the rows of `training`; population SD, features without spread are divided
// by 1.
void standardize(std::span<float> features, int F, std::span<const std::int32_t> training);

}  // namespace tsd::nback
