#include "tsd/nn/backbone.hpp"

namespace tsd::nn {

namespace {

namespace F = torch::nn::functional;

torch::nn::Conv2d conv(int in, int out, int kernel, int stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

// 1x1 to `width`, 3x3, 1x1 to 4 width, plus the input (projected where its shape changes).
class BottleneckImpl : public torch::nn::Module {
 public:
  BottleneckImpl(int in, int width, int stride) {
    conv1_ = register_module("conv1", conv(in, width, 1, 1));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(width));
    conv2_ = register_module("conv2", conv(width, width, 3, stride));
    bn2_ = register_module("bn2", torch::nn::BatchNorm2d(width));
    conv3_ = register_module("conv3", conv(width, 4 * width, 1, 1));
    bn3_ = register_module("bn3", torch::nn::BatchNorm2d(4 * width));
    if (stride != 1 || in != 4 * width)
      downsample_ = register_module("downsample", torch::nn::Sequential(conv(in, 4 * width, 1, stride), torch::nn::BatchNorm2d(4 * width)));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    auto y = bn1_(conv1_(x)).relu_();
    y = bn2_(conv2_(y)).relu_();
    y = bn3_(conv3_(y));
    return y.add_(downsample_ ? downsample_->forward(x) : x).relu_();
  }

 private:
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr}, conv3_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr}, bn3_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Bottleneck);

class ResNet50 final : public Backbone {
 public:
  ResNet50() {
    conv1_ = register_module("conv1", conv(3, 64, 7, 2));
    bn1_ = register_module("bn1", torch::nn::BatchNorm2d(64));
    constexpr int blocks[] = {3, 4, 6, 3};
    int in = 64;
    for (int stage = 0; stage < 4; ++stage) {
      const int width = 64 << stage;
      torch::nn::Sequential layer;
      for (int block = 0; block < blocks[stage]; ++block) {
        layer->push_back(Bottleneck(in, width, block == 0 && stage > 0 ? 2 : 1));
        in = 4 * width;
      }
      layers_[stage] = register_module("layer" + std::to_string(stage + 1), layer);
    }
  }

  torch::Tensor forward(torch::Tensor x) override {
    x = bn1_(conv1_(x)).relu_();
    x = F::max_pool2d(x, F::MaxPool2dFuncOptions(3).stride(2).padding(1));
    for (auto& layer : layers_) x = layer->forward(x);
    return x.mean({2, 3});
  }

  int features() const override { return 2048; }
  std::string classifier() const override { return "fc."; }

 private:
  torch::nn::Conv2d conv1_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr};
  torch::nn::Sequential layers_[4] = {nullptr, nullptr, nullptr, nullptr};
};

}  // namespace

std::shared_ptr<Backbone> make_resnet50() { return std::make_shared<ResNet50>(); }

}  // namespace tsd::nn
