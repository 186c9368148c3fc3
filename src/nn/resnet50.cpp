#include "nn/backbone_builder.hpp"

namespace tsd::nn {

namespace {

// 1x1 to `width`, 3x3, 1x1 to 4 width, plus the input (projected where its shape changes).
Block bottleneck(BackboneBuilder& builder, const std::string& name, int in, int width, int stride) {
  const int out = 4 * width;
  Block block;
  block.path = {
      builder.layer(name + ".conv1", name + ".bn1", {in, width}, Activation::relu),
      builder.layer(name + ".conv2", name + ".bn2", {width, width, 3, stride}, Activation::relu),
      builder.layer(name + ".conv3", name + ".bn3", {width, out}, Activation::none),
  };
  block.residual = true;
  if (stride != 1 || in != out)
    block.shortcut =
        builder.layer(name + ".downsample.0", name + ".downsample.1", {in, out, 1, stride}, Activation::none);
  block.activation = Activation::relu;
  return block;
}

}  // namespace

std::shared_ptr<Backbone> make_resnet50() {
  BackboneBuilder builder("fc.");
  Block stem;
  stem.path = {builder.layer("conv1", "bn1", {3, 64, 7, 2}, Activation::relu)};
  stem.pool = true;
  builder.add(stem);

  constexpr int blocks[] = {3, 4, 6, 3};
  int in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const int width = 64 << stage;
    for (int i = 0; i < blocks[stage]; ++i) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      builder.add(bottleneck(builder, name, in, width, i == 0 && stage > 0 ? 2 : 1));
      in = 4 * width;
    }
  }
  return builder.take();
}

}  // namespace tsd::nn
