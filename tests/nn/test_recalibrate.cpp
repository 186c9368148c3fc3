#include "nn/made_up_weights.hpp"
#include "support/catch.hpp"
#include "tsd/nn/backbone.hpp"

using namespace tsd;

namespace {

using Make = std::shared_ptr<nn::Backbone> (*)();
constexpr std::int64_t kImages = 7;

std::shared_ptr<nn::Backbone> network(Make make) {
  const auto backbone = make();
  test::fill_with_made_up(*backbone);
  backbone->to(torch::kFloat64);
  return backbone;
}

torch::Tensor images() { return test::made_up_images(kImages); }

// LibTorch's own training mode: one batch of all images, momentum 1.
std::shared_ptr<nn::Backbone> in_one_batch(Make make) {
  const auto backbone = network(make);
  for (const auto& module : backbone->modules())
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) norm->options.momentum(1.0);
  backbone->train();
  backbone->forward(images());
  return backbone;
}

void compare(Make make, std::size_t memory) {
  const torch::NoGradGuard no_grad;
  const test::OneThread one;
  const auto expected = in_one_batch(make)->named_buffers();
  const auto got = network(make);
  // Batches of 3, 3 and 1: a plain mean over batches would weigh the last image three times.
  const auto all = images();
  nn::recalibrate_batch_norm(
      *got, 3, [&](std::int64_t i) { return all.slice(0, 3 * i, std::min(3 * i + 3, kImages)); }, memory);
  double worst = 0;
  for (const auto& item : got->named_buffers()) {
    if (item.key().ends_with("num_batches_tracked")) continue;
    const auto& other = expected[item.key()];
    worst = std::max(worst, ((item.value() - other).abs().max() / other.abs().mean()).item<double>());
  }
  // Double precision, sums in another order. The biased variance would be off by 1 / 28 in the last layers.
  CHECK(worst < 1e-9);
}

}  // namespace

TEST_CASE("recalibrate: equals one training-mode batch of all images", "[recalibrate]") {
  SECTION("all activations kept") { compare(nn::make_mobilenet_v2, std::size_t{1} << 30); }
  SECTION("some kept, others computed anew") { compare(nn::make_mobilenet_v2, 600000); }
  SECTION("none kept") { compare(nn::make_mobilenet_v2, 0); }
  SECTION("ResNet50, some kept") { compare(nn::make_resnet50, 2000000); }
}

TEST_CASE("recalibrate: leaves the network in eval mode and its weights alone", "[recalibrate]") {
  const torch::NoGradGuard no_grad;
  const test::OneThread one;
  const auto backbone = network(nn::make_mobilenet_v2), untouched = network(nn::make_mobilenet_v2);
  backbone->train();
  nn::recalibrate_batch_norm(*backbone, 1, [&](std::int64_t) { return images(); });
  CHECK_FALSE(backbone->is_training());
  const auto after = backbone->named_parameters();
  for (const auto& item : untouched->named_parameters()) CHECK(torch::equal(item.value(), after[item.key()]));
}

TEST_CASE("recalibrate: only the blocks that a stopped network runs", "[recalibrate]") {
  const torch::NoGradGuard no_grad;
  const test::OneThread one;
  constexpr std::ptrdiff_t kBlocks = 4;
  const auto whole = network(nn::make_mobilenet_v2), stopped = network(nn::make_mobilenet_v2);
  stopped->stop_after(kBlocks);
  const auto recalibrate = [](nn::Backbone& backbone) {
    nn::recalibrate_batch_norm(backbone, 1, [&](std::int64_t) { return images(); });
  };
  const auto last_mean = [](nn::Backbone& backbone) {
    return backbone.named_buffers()["features.18.1.running_mean"];
  };
  const auto untouched = last_mean(*stopped).clone();
  recalibrate(*whole), recalibrate(*stopped);

  torch::Tensor x = images().contiguous(torch::MemoryFormat::ChannelsLast);
  for (std::ptrdiff_t b = 0; b < kBlocks; ++b) x = whole->blocks()[b](x);
  CHECK(torch::equal(stopped->feature_map(images()), x));
  CHECK(torch::equal(last_mean(*stopped), untouched));
  CHECK_FALSE(torch::equal(last_mean(*whole), untouched));
}
