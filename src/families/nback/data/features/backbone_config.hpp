// The perceptual stage: which network, whose weights, which batch-norm statistics. nback.md 3.1, 3.6.
#pragma once
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::nback {

enum class Arch { automatic, resnet50, mobilenet_v2 };
enum class BnMode {
  recalibrated,  // statistics of all training images, computed once
  imagenet,      // those stored with the weights
  live,          // those of each training batch; the network stays in the loop
};

// What is done to each feature before the 1x1 convolution, by its mean and SD over the training images.
enum class Standardize { none, centre, zscore };
std::string name_of(Standardize standardize);

struct BackboneConfig {
  Arch arch = Arch::automatic;
  std::string weights = "auto";  // auto, random, or a safetensors file
  BnMode bn = BnMode::recalibrated;
  Standardize standardize = Standardize::centre;
};
void describe(Schema& schema, BackboneConfig& config);

}  // namespace tsd::nback
