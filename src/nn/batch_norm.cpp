#include "tsd/nn/backbone.hpp"

namespace tsd::nn {

void recalibrate_batch_norm(Backbone& backbone, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  std::vector<std::pair<torch::nn::BatchNorm2dImpl*, std::optional<double>>> layers;
  for (const auto& module : backbone.modules())
    if (auto* layer = module->as<torch::nn::BatchNorm2d>()) {
      layers.emplace_back(layer, layer->options.momentum());
      layer->options.momentum(1.0);  // running statistics become those of this batch
    }
  backbone.train();
  backbone.forward(images);
  backbone.eval();
  for (auto& [layer, momentum] : layers) layer->options.momentum(momentum);
}

}  // namespace tsd::nn
