#include "nn/backbone_builder.hpp"

namespace tsd::nn {

namespace {

template <class Holder>
void register_at(torch::nn::Module& root, const std::string& path, const Holder& module) {
  const auto dot = path.find('.');
  if (dot == std::string::npos) {
    root.register_module(path, module);
    return;
  }
  const std::string child = path.substr(0, dot);
  const auto children = root.named_children();
  const auto* found = children.find(child);
  auto next = found ? *found : root.register_module(child, std::make_shared<torch::nn::Module>());
  register_at(*next, path.substr(dot + 1), module);
}

}  // namespace

BackboneBuilder::BackboneBuilder(std::string classifier) : network_(std::make_shared<Backbone>()) {
  network_->classifier_ = std::move(classifier);
}

ConvNorm BackboneBuilder::layer(const std::string& conv_name, const std::string& norm_name, ConvShape s,
                                Activation activation) {
  ConvNorm layer{torch::nn::Conv2d(torch::nn::Conv2dOptions(s.in, s.out, s.kernel)
                                       .stride(s.stride)
                                       .padding(s.kernel / 2)
                                       .groups(s.groups)
                                       .bias(false)),
                 torch::nn::BatchNorm2d(s.out), activation};
  layer.conv->weight.set_data(layer.conv->weight.contiguous(torch::MemoryFormat::ChannelsLast));
  register_at(*network_, conv_name, layer.conv);
  register_at(*network_, norm_name, layer.norm);
  return layer;
}

}  // namespace tsd::nn
