#include "nn/backbone_builder.hpp"

namespace tsd::nn {

namespace {

// 1x1 expansion, 3x3 depthwise, 1x1 linear projection; plus the input where shapes agree. torchvision nests
// the first two with their norms ("conv.0.0", "conv.0.1") and counts the last two on their own ("conv.2",
// "conv.3").
Block inverted_residual(BackboneBuilder& builder, const std::string& name, int in, int out, int stride,
                        int expansion) {
  const int hidden = in * expansion;
  const std::string conv = name + ".conv.";
  int n = 0;
  const auto nested = [&](ConvShape shape) {
    const std::string layer = conv + std::to_string(n++);
    return builder.layer(layer + ".0", layer + ".1", shape, Activation::relu6);
  };
  Block block;
  if (expansion != 1) block.path.push_back(nested({in, hidden}));
  block.path.push_back(nested({hidden, hidden, 3, stride, hidden}));
  block.path.push_back(
      builder.layer(conv + std::to_string(n), conv + std::to_string(n + 1), {hidden, out}, Activation::none));
  block.residual = stride == 1 && in == out;
  return block;
}

}  // namespace

std::shared_ptr<Backbone> make_mobilenet_v2() {
  struct Stage {
    int expansion, out, repeats, stride;
  };
  constexpr Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                              {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  constexpr int kFeatures = 1280;
  BackboneBuilder builder("classifier.");
  int n = 0, in = 32;
  const auto next = [&] { return "features." + std::to_string(n++); };
  const auto plain = [&](const std::string& name, ConvShape shape) {
    Block block;
    block.path = {builder.layer(name + ".0", name + ".1", shape, Activation::relu6)};
    builder.add(block);
  };

  plain(next(), {3, in, 3, 2});
  for (const Stage& stage : stages)
    for (int i = 0; i < stage.repeats; ++i) {
      builder.add(
          inverted_residual(builder, next(), in, stage.out, i == 0 ? stage.stride : 1, stage.expansion));
      in = stage.out;
    }
  plain(next(), {in, kFeatures});
  return builder.take();
}

}  // namespace tsd::nn
