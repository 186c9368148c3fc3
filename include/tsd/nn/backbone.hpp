// Frozen image networks in torchvision's layout: weights move both ways by name.
#pragma once
#include <torch/torch.h>

#include <string>

namespace tsd::nn {

// [S, 3, 224, 224] (any size from 32 on) -> [S, F]: the last feature map, averaged over space.
class Backbone : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(torch::Tensor images) = 0;
  virtual int features() const = 0;              // F
  virtual std::string classifier() const = 0;    // prefix of tensors in a weight file that the features don't need
};

// ResNet50 with the stride in the 3x3 convolution (v1.5); F = 2048. He et al. 2016, doi:10.1109/CVPR.2016.90
std::shared_ptr<Backbone> make_resnet50();
// MobileNetV2, width 1; F = 1280. Sandler et al. 2018, doi:10.1109/CVPR.2018.00474
std::shared_ptr<Backbone> make_mobilenet_v2();

// Runs with batch statistics over all images at once and keeps them as running statistics (unbiased variance): the
// large-batch limit of training mode. Leaves the network in eval mode. Memory: about four times the largest activation,
// 15 MB an image at 224 x 224.
void recalibrate_batch_norm(Backbone& backbone, const torch::Tensor& images);

}  // namespace tsd::nn
