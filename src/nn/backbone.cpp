#include "tsd/nn/backbone.hpp"

#include "nn/backbone_builder.hpp"

namespace tsd::nn {

namespace {

torch::Tensor activate(torch::Tensor y, Activation activation) {
  switch (activation) {
    case Activation::none:
      break;
    case Activation::relu:
      return y.relu_();
    case Activation::relu6:
      return y.clamp_(0, 6);
  }
  return y;
}

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

// In training mode not channels-last, for which LibTorch 2.13 sums a batch's statistics term by term in
// single precision: over 96 images of 112 x 112 the variance is off by 3e-4, here by 1e-7.
torch::Tensor ConvNorm::finish(const torch::Tensor& convolved) const {
  const auto x = norm->is_training() ? convolved.contiguous() : convolved;
  return activate(norm.ptr()->forward(x), activation);
}

torch::Tensor ConvNorm::convolve(const torch::Tensor& x) const { return conv.ptr()->forward(x); }

torch::Tensor Block::finish(torch::Tensor y, const torch::Tensor& x) const {
  if (residual) y.add_(shortcut ? (*shortcut)(x) : x);
  y = activate(y, activation);
  return pool ? torch::max_pool2d(y, 3, 2, 1) : y;
}

torch::Tensor Block::operator()(const torch::Tensor& x) const {
  torch::Tensor y = x;
  for (const auto& layer : path) y = layer(y);
  return finish(y, x);
}

torch::Tensor Backbone::forward(torch::Tensor images) const {
  torch::Tensor x = images.contiguous(torch::MemoryFormat::ChannelsLast);
  for (const auto& block : blocks_) x = block(x);
  return x.mean({2, 3});
}

BackboneBuilder::BackboneBuilder(int features, std::string classifier)
    : network_(std::make_shared<Backbone>()) {
  network_->features_ = features;
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
