// The perceptual stage: which network, whose weights, which batch-norm statistics. nback.md 3.1, 3.6.
#pragma once
#include <optional>
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::nback {

enum class Arch { automatic, resnet50, mobilenet_v2, torchscript };
enum class BnMode {
  recalibrated,  // statistics of all training images, computed once
  imagenet,      // those stored with the weights
  live,          // those of each training batch; the network stays in the loop
};

// What is done to each feature before the 1x1 convolution, by its mean and SD over the training images.
enum class Standardize { none, centre, zscore };
std::string name_of(Standardize standardize);

// What of a feature map becomes features: channels averaged over space, or over each of its four quarters
// (channel 0 top left, top right, bottom left, bottom right, then channel 1), which keeps where things are.
enum class Pooling { mean, quadrants };

// Where in the network features are taken.
struct FeatureView {
  std::optional<int> blocks;  // that are run; none: all
  Pooling pooling = Pooling::mean;
};
std::string name_of(const FeatureView& view);  // "", or " to block 5, quadrants"

struct BackboneConfig {
  Arch arch = Arch::automatic;
  std::string weights = "auto";  // auto, random, or a file: safetensors, or TorchScript
  BnMode bn = BnMode::recalibrated;
  Standardize standardize = Standardize::centre;
  FeatureView view = {};
};
void describe(Schema& schema, BackboneConfig& config);
void check(const BackboneConfig& config, Problems& problems);

}  // namespace tsd::nback
