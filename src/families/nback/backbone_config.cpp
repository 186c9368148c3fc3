#include "families/nback/backbone_config.hpp"

namespace tsd::nback {

void describe(Schema& s, BackboneConfig& c) {
  s.choice("arch", c.arch,
           {{"auto", Arch::automatic}, {"resnet50", Arch::resnet50}, {"mobilenet_v2", Arch::mobilenet_v2}},
           "image network; auto: resnet50 where its weights are found, else mobilenet_v2");
  s.field("weights", c.weights,
          "auto (TSD_RESNET50, TSD_MOBILENET_V2, the cache), random, or a safetensors file")
      .one_of({"auto", "random"})
      .must_exist();
  s.choice("bn", c.bn,
           {{"recalibrated", BnMode::recalibrated}, {"imagenet", BnMode::imagenet}, {"live", BnMode::live}},
           "batch-norm statistics: of the training images, as stored with the weights, or of each batch");
  s.field("standardize", c.standardize,
          "z-score each feature over the training images before the 1x1 convolution");
}

}  // namespace tsd::nback
