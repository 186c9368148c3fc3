// Puts a backbone together: each layer into the list of blocks and, under torchvision's name, into the module
// tree.
#pragma once
#include "tsd/nn/backbone.hpp"

namespace tsd::nn {

struct ConvShape {
  int in, out, kernel = 1, stride = 1, groups = 1;  // no bias; padding keeps the size at stride 1
};

class BackboneBuilder {
 public:
  explicit BackboneBuilder(std::string classifier);

  // Names are dotted paths, "layer1.0.conv1".
  ConvNorm layer(const std::string& conv_name, const std::string& norm_name, ConvShape shape,
                 Activation activation);
  void add(Block block) { network_->blocks_.push_back(std::move(block)); }
  std::shared_ptr<Backbone> take() { return std::move(network_); }

 private:
  std::shared_ptr<Backbone> network_;
};

}  // namespace tsd::nn
