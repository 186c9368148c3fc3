// Frozen image networks in torchvision's layout: weights move both ways by name.
//
// A network is a row of blocks, a block a row of convolutions with batch norm. Kept as data, so that a
// forward pass and the recalibration of the norms walk over the same list.
#pragma once
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tsd::nn {

enum class Activation { none, relu, relu6 };

// x -> activation(norm(conv(x))). Modules are shared with the tree that holds their names.
struct ConvNorm {
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
  Activation activation = Activation::none;

  torch::Tensor convolve(const torch::Tensor& x) const;
  torch::Tensor finish(const torch::Tensor& convolved) const;  // norm and activation
  torch::Tensor operator()(const torch::Tensor& x) const { return finish(convolve(x)); }
};

// x -> pool(activation(path(x) [+ x or shortcut(x)]))
struct Block {
  std::vector<ConvNorm> path;
  bool residual = false;
  std::optional<ConvNorm> shortcut = {};  // residual through a projection, where the shape changes
  Activation activation = Activation::none;
  bool pool = false;  // 3x3 maximum, stride 2

  torch::Tensor finish(torch::Tensor y, const torch::Tensor& x) const;  // what follows the path
  torch::Tensor operator()(const torch::Tensor& x) const;
};

class Backbone : public torch::nn::Module {
 public:
  // Images [S, 3, 224, 224] (any size from 32 on) -> [S, C, h, w], the last block's output. Works in
  // channels-last memory, 1.2 to 2 times faster on a CPU.
  torch::Tensor feature_map(const torch::Tensor& images) const;
  // -> [S, F]: the feature map averaged over space.
  torch::Tensor forward(const torch::Tensor& images) const { return feature_map(images).mean({2, 3}); }

  // Leaves the later blocks out of every pass; blocks: at most blocks().size().
  void stop_after(std::ptrdiff_t blocks) { blocks_.erase(blocks_.begin() + blocks, blocks_.end()); }

  const std::string& classifier() const {
    return classifier_;
  }  // prefix of what a weight file holds beyond this network
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  friend class BackboneBuilder;
  std::vector<Block> blocks_;
  std::string classifier_;
};

// ResNet50 with the stride in the 3x3 convolution (v1.5); F = 2048. He et al. 2016, doi:10.1109/CVPR.2016.90
std::shared_ptr<Backbone> make_resnet50();
// MobileNetV2, width 1; F = 1280. Sandler et al. 2018, doi:10.1109/CVPR.2018.00474
std::shared_ptr<Backbone> make_mobilenet_v2();

// Sets each norm's running statistics to those of all images together (variance unbiased), as one
// training-mode pass over a single batch of all of them with momentum 1 would. The images come as batches,
// asked for again and again; at most about `memory` bytes of activations are kept between passes, and what
// doesn't fit is computed anew.
void recalibrate_batch_norm(Backbone& backbone, std::int64_t batches,
                            const std::function<torch::Tensor(std::int64_t batch)>& images,
                            std::size_t memory = std::size_t{1} << 30);

}  // namespace tsd::nn
