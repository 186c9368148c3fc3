#include "families/nback/backbone_config.hpp"

namespace tsd::nback {

namespace {
const std::vector<std::pair<std::string, Standardize>> kStandardize = {
    {"none", Standardize::none}, {"centre", Standardize::centre}, {"zscore", Standardize::zscore}};
}  // namespace

std::string name_of(Standardize standardize) {
  for (const auto& [name, value] : kStandardize)
    if (value == standardize) return name;
  return "";
}

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
  s.choice("standardize", c.standardize, kStandardize,
           "features as they are, minus their mean over the training images, or that over their SD; the "
           "common mean of raw features moves all units alike and holds learning up");
}

}  // namespace tsd::nback
