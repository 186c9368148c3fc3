#include "tsd/nn/backbone.hpp"

namespace tsd::nn {

namespace {

// A Sequential whose forward() has one signature, so that it can stand inside another Sequential.
class ConvNormImpl : public torch::nn::SequentialImpl {
 public:
  ConvNormImpl(int in, int out, int kernel, int stride, int groups = 1)
      : SequentialImpl(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                                             .stride(stride)
                                             .padding(kernel / 2)
                                             .groups(groups)
                                             .bias(false)),
                       torch::nn::BatchNorm2d(out), torch::nn::ReLU6(torch::nn::ReLU6Options(true))) {}
  torch::Tensor forward(torch::Tensor x) { return SequentialImpl::forward(x); }
};
TORCH_MODULE(ConvNorm);

// 1x1 expansion, 3x3 depthwise, 1x1 linear projection; plus the input where shapes agree.
class InvertedResidualImpl : public torch::nn::Module {
 public:
  InvertedResidualImpl(int in, int out, int stride, int expansion) : residual_(stride == 1 && in == out) {
    const int hidden = in * expansion;
    torch::nn::Sequential layers;
    if (expansion != 1) layers->push_back(ConvNorm(in, hidden, 1, 1));
    layers->push_back(ConvNorm(hidden, hidden, 3, stride, hidden));
    layers->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(hidden, out, 1).bias(false)));
    layers->push_back(torch::nn::BatchNorm2d(out));
    conv_ = register_module("conv", layers);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    auto y = conv_->forward(x);
    return residual_ ? y.add_(x) : y;
  }

 private:
  bool residual_;
  torch::nn::Sequential conv_{nullptr};
};
TORCH_MODULE(InvertedResidual);

class MobileNetV2 final : public Backbone {
 public:
  MobileNetV2() {
    struct Stage {
      int expansion, out, repeats, stride;
    };
    constexpr Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    torch::nn::Sequential layers(ConvNorm(3, 32, 3, 2));
    int in = 32;
    for (const Stage& stage : stages)
      for (int i = 0; i < stage.repeats; ++i) {
        layers->push_back(InvertedResidual(in, stage.out, i == 0 ? stage.stride : 1, stage.expansion));
        in = stage.out;
      }
    layers->push_back(ConvNorm(in, features(), 1, 1));
    layers_ = register_module("features", layers);
  }

  torch::Tensor forward(torch::Tensor x) override { return layers_->forward(x).mean({2, 3}); }
  int features() const override { return 1280; }
  std::string classifier() const override { return "classifier."; }

 private:
  torch::nn::Sequential layers_{nullptr};
};

}  // namespace

std::shared_ptr<Backbone> make_mobilenet_v2() { return std::make_shared<MobileNetV2>(); }

}  // namespace tsd::nn
