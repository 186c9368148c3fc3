#include "nn/made_up_weights.hpp"
#include "support/catch.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/nn/archive.hpp"
#include "tsd/nn/backbone.hpp"

using namespace tsd;

namespace {

using Make = std::shared_ptr<nn::Backbone> (*)();

// Largest difference over the mean feature. The file holds every eighth feature of three images.
double relative_difference(const torch::Tensor& features, const std::string& name) {
  static const auto golden =
      read_safetensors(TSD_SOURCE_DIR "/tests/golden/backbone_features.safetensors", Checksum::if_present);
  const auto expected = nn::to_tensor(find(golden.arrays, name)).to(torch::kFloat64);
  const auto got = features.slice(1, 0, torch::nullopt, 8);
  REQUIRE(got.sizes() == expected.sizes());
  return ((got - expected).abs().max() / expected.abs().mean()).item<double>();
}

void check_against_reference(const std::string& name, Make make) {
  const torch::NoGradGuard no_grad;
  const test::OneThread one;
  const auto network = make();
  test::fill_with_made_up(*network);
  network->eval();
  const auto images = test::made_up_images(3);
  // Single precision through 50 layers against double.
  CHECK(relative_difference(network->forward(images.to(torch::kFloat32)), name + ".stored") < 1e-4);

  // The reference is stored in single precision (6e-8 of a feature, and features are up to 8 times their
  // mean).
  network->to(torch::kFloat64);
  CHECK(relative_difference(network->forward(images), name + ".stored") < 1e-6);
  nn::recalibrate_batch_norm(*network, 3, [&](std::int64_t i) { return images.slice(0, i, i + 1); });
  CHECK(relative_difference(network->forward(images), name + ".recalibrated") < 1e-6);
}

std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace

TEST_CASE("backbone: ResNet50 gives the features of an independent program", "[backbone]") {
  check_against_reference("resnet50", nn::make_resnet50);
}

TEST_CASE("backbone: MobileNetV2 gives the features of an independent program", "[backbone]") {
  check_against_reference("mobilenet_v2", nn::make_mobilenet_v2);
}

TEST_CASE("backbone: sizes are the published ones", "[backbone]") {
  const torch::NoGradGuard no_grad;
  const auto image = torch::zeros({2, 3, 32, 32});
  const auto resnet = nn::make_resnet50();
  CHECK(parameter_count(*resnet) == 23508032);  // nback.md 3.7
  CHECK(resnet->forward(image).size(1) == 2048);
  const auto mobilenet = nn::make_mobilenet_v2();
  CHECK(parameter_count(*mobilenet) == 3504872 - 1281000);  // torchvision's count without its classifier
  CHECK(mobilenet->forward(image).size(1) == 1280);
}

TEST_CASE("backbone: names and order are torchvision's", "[backbone]") {
  const auto resnet = nn::save(*nn::make_resnet50());
  CHECK(resnet[0].name == "conv1.weight");
  CHECK(resnet[1].name == "bn1.weight");
  CHECK(resnet[3].name == "layer1.0.conv1.weight");
  CHECK(find(resnet, "layer2.0.downsample.1.running_var").shape == Shape{512});
  CHECK(find(resnet, "layer4.2.conv3.weight").shape == Shape{2048, 512, 1, 1});

  const auto mobilenet = nn::save(*nn::make_mobilenet_v2());
  CHECK(mobilenet[0].name == "features.0.0.weight");
  CHECK(find(mobilenet, "features.1.conv.1.weight").shape == Shape{16, 32, 1, 1});
  CHECK(find(mobilenet, "features.2.conv.1.0.weight").shape == Shape{96, 1, 3, 3});
  CHECK(find(mobilenet, "features.18.1.running_mean").shape == Shape{1280});
}

TEST_CASE("backbone: weights survive the way out and back", "[backbone]") {
  // Working order in memory is channels-last, in arrays C order.
  const torch::NoGradGuard no_grad;
  const test::OneThread one;
  const auto first = nn::make_mobilenet_v2(), second = nn::make_mobilenet_v2();
  test::fill_with_made_up(*first);
  const Arrays saved = nn::save(*first);
  const auto weight = test::made_up("features.0.0.weight", {32, 3, 3, 3}, std::sqrt(6.0 / 27));
  CHECK(torch::equal(nn::to_tensor(saved[0]), weight));
  nn::load(*second, saved, "weights.safetensors");
  first->eval();
  second->eval();
  const auto images = test::made_up_images(1).to(torch::kFloat32);
  CHECK(torch::equal(first->forward(images), second->forward(images)));
}
