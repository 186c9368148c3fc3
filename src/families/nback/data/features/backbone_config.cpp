#include "families/nback/data/features/backbone_config.hpp"

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
           {{"auto", Arch::automatic},
            {"resnet50", Arch::resnet50},
            {"mobilenet_v2", Arch::mobilenet_v2},
            {"torchscript", Arch::torchscript}},
           "image network; auto: resnet50 where its weights are found, else mobilenet_v2; torchscript: what "
           "weights has, from normalised images [S, 3, 224, 224] to features [S, F] or a map [S, C, h, w]");
  s.field("weights", c.weights,
          "auto (TSD_RESNET50, TSD_MOBILENET_V2, the cache), random, or a file: safetensors, or a network "
          "exported to TorchScript")
      .one_of({"auto", "random"})
      .must_exist();
  s.choice("bn", c.bn,
           {{"recalibrated", BnMode::recalibrated}, {"imagenet", BnMode::imagenet}, {"live", BnMode::live}},
           "batch-norm statistics: of the training images, as stored with the weights, or of each batch");
  s.choice("standardize", c.standardize, kStandardize,
           "features as they are, minus their mean over the training images, or that over their SD; the "
           "common mean of raw features moves all units alike and holds learning up");
  s.field("blocks", c.view.blocks,
          "blocks of the image network that are run, 17 of resnet50, 19 of mobilenet_v2; null: all")
      .range(1, 19);
  s.choice("pooling", c.view.pooling, {{"mean", Pooling::mean}, {"quadrants", Pooling::quadrants}},
           "channels averaged over space, or over each quarter of it: four times the features, which tell "
           "where things are");
}

void check(const BackboneConfig& c, Problems& problems) {
  constexpr int kOfResnet50 = 17;
  if (c.arch == Arch::resnet50 && c.view.blocks.value_or(0) > kOfResnet50)
    problems.add("backbone.blocks", "more than the network has", "at most " + std::to_string(kOfResnet50),
                 std::to_string(*c.view.blocks));
  if (c.arch != Arch::torchscript) return;
  if (c.weights == "auto" || c.weights == "random")
    problems.add("backbone.weights", "arch torchscript has no weights of its own",
                 "a network exported to TorchScript", c.weights);
  if (c.bn != BnMode::imagenet)
    problems.add("backbone.bn", "the norms of a TorchScript network are as they were exported", "imagenet",
                 c.bn == BnMode::live ? "live" : "recalibrated");
  if (c.view.blocks)
    problems.add("backbone.blocks", "a TorchScript network is run as a whole", "null",
                 std::to_string(*c.view.blocks));
}

std::string name_of(const FeatureView& view) {
  return (view.blocks ? " to block " + std::to_string(*view.blocks) : "") +
         (view.pooling == Pooling::quadrants ? ", quadrants" : "");
}

}  // namespace tsd::nback
