// The perceptual stage: which network, whose weights, which batch-norm statistics. nback.md 3.1, 3.6.
#pragma once
#include <string>

#include "tsd/engine/schema.hpp"

namespace tsd::nback {

enum class Arch { automatic, resnet50, mobilenet_v2 };
enum class BnMode {
  recalibrated,  // statistics of all training images, computed once
  imagenet,      // those stored with the weights
  live,          // those of each training batch; the network stays in the loop
};

struct BackboneConfig {
  Arch arch = Arch::automatic;
  std::string weights = "auto";  // auto, random, or a safetensors file
  BnMode bn = BnMode::recalibrated;
  bool standardize = true;
};
void describe(Schema& schema, BackboneConfig& config);

}  // namespace tsd::nback
