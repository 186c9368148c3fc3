// Features against scripts/reference/oracles/nback/backbone_features.py, which computes them in double precision.
// Tolerances are for the single precision of 53 layers, relative to the mean feature: 3e-5 was measured.
#include "families/nback/data/features/perceptual.hpp"

#include <torch/script.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "nn/made_up_weights.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/variable.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/nn/archive.hpp"
#include "tsd/nn/backbone.hpp"

namespace tsd::nback {
namespace {

constexpr int kImages = 6;

std::vector<std::int32_t> rows(int n) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<std::uint8_t> made_up_pixels() {
  const auto coarse = test::made_up("stimuli.coarse", {kImages, 14, 14, 3}, 64).to(torch::kDouble);
  const auto fine = test::made_up("stimuli.fine", {kImages, 224, 224, 3}, 32).to(torch::kDouble);
  const auto bytes = (128 + fine + coarse.repeat_interleave(16, 1).repeat_interleave(16, 2))
                         .floor()
                         .to(torch::kByte)
                         .contiguous();
  return {bytes.data_ptr<std::uint8_t>(), bytes.data_ptr<std::uint8_t>() + bytes.numel()};
}

// A file of made-up weights, with a classifier as whole files have one, and images.
struct Setting {
  Setting() {
    const auto network = nn::make_mobilenet_v2();
    test::fill_with_made_up(*network);
    Arrays arrays = nn::save(*network);
    arrays.push_back(make_scalar<float>("classifier.1.bias", 0));
    write_safetensors(*weights.file, {arrays, {}});
  }

  test::OneThread one;
  test::TemporaryDirectory folder;
  BackboneWeights weights{Arch::mobilenet_v2, folder / "mobilenet_v2.safetensors", "made up"};
  std::vector<std::uint8_t> pixels = made_up_pixels();
};

torch::Tensor golden(const std::string& name) {
  static const auto file =
      read_safetensors(TSD_SOURCE_DIR "/tests/golden/backbone_features.safetensors", Checksum::if_present);
  return nn::to_tensor(find(file.arrays, name));
}

// Largest difference over the mean size; of the features, every eighth is known.
double difference(const torch::Tensor& got, const torch::Tensor& expected) {
  return ((got - expected).abs().max() / expected.abs().mean()).item<double>();
}
double difference(const std::vector<float>& got, const torch::Tensor& expected) {
  const auto features = torch::tensor(got).view({expected.size(0), -1});
  REQUIRE(features.size(1) == 8 * expected.size(1));
  return difference(features.slice(1, 0, std::nullopt, 8), expected);
}

}  // namespace

TEST_CASE("perceptual: features of images, with torchvision's scaling", "[perceptual]") {
  const Setting s;
  Perceptual perceptual(s.weights, "cpu", 1);
  CHECK(perceptual.features() == 1280);
  CHECK(perceptual.arch() == "mobilenet_v2");
  CHECK(perceptual.weights() == "made up");
  const auto expected = golden("stimuli.imagenet");
  CHECK(difference(perceptual.features_of(s.pixels, rows(kImages)), expected) < 1e-4);
  const std::vector<std::int32_t> some = {4, 1};
  CHECK(difference(perceptual.features_of(s.pixels, some), torch::stack({expected[4], expected[1]})) < 1e-4);
}

TEST_CASE("perceptual: recalibration takes the statistics of the chosen images only", "[perceptual]") {
  const Setting s;
  Perceptual perceptual(s.weights, "cpu", 1);
  perceptual.recalibrate(s.pixels, rows(5));
  CHECK(difference(perceptual.features_of(s.pixels, rows(kImages)), golden("stimuli.recalibrated")) < 1e-4);
}

TEST_CASE("perceptual: a training batch is normalised by itself and moves the running statistics by a tenth",
          "[perceptual]") {
  const Setting s;
  Perceptual perceptual(s.weights, "cpu", 1);
  const auto kept = perceptual.state();
  CHECK(difference(perceptual.features_in_training(s.pixels, rows(kImages)), golden("stimuli.live")) < 1e-4);
  CHECK(difference(perceptual.features_of(s.pixels, rows(kImages)), golden("stimuli.live.after")) < 1e-4);
  perceptual.restore(kept);
  CHECK(difference(perceptual.features_of(s.pixels, rows(kImages)), golden("stimuli.imagenet")) < 1e-4);
}

// In training mode no layer sees the running statistics. k steps on the same batch thus move those of the
// file to 0.9^k of themselves and 1 - 0.9^k of the batch's, which are what recalibration on it gives. A
// biased variance would be off by 6e-4 in the last layer, with 6 x 7 x 7 values per channel.
TEST_CASE("perceptual: live statistics go to the recalibrated ones as momentum says", "[perceptual]") {
  const Setting s;
  Perceptual live(s.weights, "cpu", 1), recalibrated(s.weights, "cpu", 1);
  const auto stored = live.state();
  for (int k = 0; k < 2; ++k) live.features_in_training(s.pixels, rows(kImages));
  recalibrated.recalibrate(s.pixels, rows(kImages));
  const auto got = live.state(), limit = recalibrated.state();
  double worst = 0;
  int norms = 0;
  for (const Array& array : stored) {
    if (array.name.ends_with("num_batches_tracked")) continue;
    const auto expected = 0.81 * nn::to_tensor(array) + 0.19 * nn::to_tensor(find(limit, array.name));
    worst = std::max(worst, difference(nn::to_tensor(find(got, array.name)), expected));
    ++norms;
  }
  CHECK(norms == 2 * 52);
  CHECK(worst < 2e-5);
}

TEST_CASE("perceptual: weights of another network are refused", "[perceptual]") {
  Setting s;
  s.weights.arch = Arch::resnet50;
  CHECK_THROWS_WITH(Perceptual(s.weights, "cpu", 1),
                    Catch::Contains("tensor conv1.weight: expected shape [64, 3, 7, 7]"));
}

TEST_CASE("perceptual: random weights follow the seed", "[perceptual]") {
  const Setting s;
  const auto features = [&](std::uint64_t seed) {
    return Perceptual({Arch::mobilenet_v2, std::nullopt, "random"}, "cpu", seed)
        .features_of(s.pixels, rows(1));
  };
  const auto first = features(1);
  CHECK(first == features(1));
  CHECK(first != features(2));
}

namespace {

// A network of no weights: red and green, averaged over 56 x 56 pixels, as a map [S, 2, 4, 4] or flat.
BackboneWeights exported(const Setting& s, const std::string& ending = "") {
  torch::jit::Module network("network");
  network.define("def forward(self, x):\n  return torch.avg_pool2d(x[:, 0:2], 56)" + ending + "\n");
  const auto file = s.folder / "network.pt";
  network.save(file.string());
  return {Arch::torchscript, file, "made up"};
}

// Mean of a channel of an image over the rows and columns from the given ones on, `size` of each, normalised.
double mean_of(const Setting& s, int image, int channel, int row, int column, int size) {
  const double mean[] = {0.485, 0.456}, sd[] = {0.229, 0.224};
  double sum = 0;
  for (int i = row; i < row + size; ++i)
    for (int j = column; j < column + size; ++j)
      sum += s.pixels[((static_cast<std::size_t>(image) * 224 + i) * 224 + j) * 3 + channel];
  return (sum / (255.0 * size * size) - mean[channel]) / sd[channel];
}

}  // namespace

TEST_CASE("perceptual: a network exported to TorchScript, averaged or by quarters", "[perceptual]") {
  const Setting s;
  Perceptual mean(exported(s), "cpu", 1), quarters(exported(s), "cpu", 1, {{}, Pooling::quadrants});
  CHECK(mean.features() == 2);
  CHECK(quarters.features() == 8);
  CHECK(quarters.arch() == "torchscript, quadrants");
  const auto a = mean.features_of(s.pixels, rows(2)), b = quarters.features_of(s.pixels, rows(2));
  REQUIRE(b.size() == 16);
  for (int image = 0; image < 2; ++image)
    for (int channel = 0; channel < 2; ++channel) {
      CHECK(a[image * 2 + channel] == Approx(mean_of(s, image, channel, 0, 0, 224)).margin(1e-5));
      for (int q = 0; q < 4; ++q)
        CHECK(b[image * 8 + channel * 4 + q] ==
              Approx(mean_of(s, image, channel, q / 2 * 112, q % 2 * 112, 112)).margin(1e-5));
    }
  CHECK(Perceptual(exported(s, ".flatten(1)"), "cpu", 1).features() == 32);
  CHECK_THROWS_WITH(
      Perceptual(exported(s, ".flatten(1)"), "cpu", 1, {{}, Pooling::quadrants}),
      Catch::Contains("expected a network that gives features [S, F]") && Catch::Contains("got [1, 32]"));
  CHECK_THROWS_WITH(Perceptual({Arch::torchscript, *s.weights.file, "no script"}, "cpu", 1),
                    Catch::Contains("expected a network exported to TorchScript"));
}

TEST_CASE("perceptual: features after every block are those of networks that stop there", "[perceptual]") {
  const Setting s;
  const auto all = Perceptual(s.weights, "cpu", 1).features_by_block(s.pixels);
  REQUIRE(all.size() == 19);
  const auto images = rows(static_cast<int>(s.pixels.size() / kImageBytes));
  const auto stopped = [&](int blocks, Pooling pooling) {
    return Perceptual(s.weights, "cpu", 1, {blocks, pooling}).features_of(s.pixels, images);
  };
  CHECK(all[2].channels == 24);
  CHECK(all[2].mean == stopped(3, Pooling::mean));
  CHECK(all[2].quadrants == stopped(3, Pooling::quadrants));
  CHECK(all[18].mean == stopped(19, Pooling::mean));
}

TEST_CASE("perceptual: features of an earlier block", "[perceptual]") {
  const Setting s;
  Perceptual early(s.weights, "cpu", 1, {1, Pooling::mean});
  CHECK(early.features() == 32);
  CHECK(early.arch() == "mobilenet_v2 to block 1");
  const auto network = nn::make_mobilenet_v2();
  nn::load(*network, read_safetensors(*s.weights.file, Checksum::if_present).arrays, "made up",
           {network->classifier()});
  network->eval();
  const torch::NoGradGuard no_grad;
  auto images = torch::from_blob(const_cast<std::uint8_t*>(s.pixels.data()), {1, 224, 224, 3}, torch::kByte)
                    .permute({0, 3, 1, 2})
                    .to(torch::kFloat)
                    .div(255);
  images = (images - torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1})) /
           torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1});
  const auto expected = network->blocks()[0](images).mean({2, 3}).flatten();
  const auto got = early.features_of(s.pixels, rows(1));
  CHECK(torch::allclose(torch::tensor(got), expected, 1e-5, 1e-6));
  CHECK_THROWS_WITH(Perceptual(s.weights, "cpu", 1, {20, Pooling::mean}),
                    Catch::Contains("backbone.blocks: expected at most the 19 of mobilenet_v2, got 20"));
}

namespace {

// The feature table with a cache of its own.
struct Cached : Setting {
  FeatureTable extract(int training = 4, std::uint64_t seed = 1) {
    return extract_features(config, pixels, rows(training), "cpu", seed);
  }
  std::vector<std::filesystem::path> entries() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "features"))
      if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    return files;
  }
  test::Variable cache{"TSD_CACHE", folder.path()};
  BackboneConfig config{.arch = Arch::mobilenet_v2, .bn = BnMode::imagenet};
};

}  // namespace

TEST_CASE("perceptual: cached features are used in place of the network", "[perceptual]") {
  Cached s;
  const FeatureTable first = s.extract();
  CHECK(first.F == 1280);
  CHECK(first.arch == "mobilenet_v2");
  CHECK(difference(first.values, golden("stimuli.imagenet")) < 1e-4);

  // What the network can't have computed comes back: the entry was read.
  const std::vector<float> planted(kImages * 3, 7.5f);
  REQUIRE(s.entries().size() == 1);
  write_safetensors(s.entries()[0],
                    {{make_array<float>("features", std::span<const float>(planted), {kImages, 3})}, {}});
  CHECK(s.extract().F == 3);
  CHECK(s.extract().values == planted);
  CHECK(s.extract(3, 2).values == planted);  // neither training set nor seed matters here
}

TEST_CASE("perceptual: whatever the features depend on has an entry of its own in the cache",
          "[perceptual]") {
  Cached s;
  s.extract();
  std::size_t expected = 1;
  const auto is_new = [&](int training = 4, std::uint64_t seed = 1) {
    s.extract(training, seed);
    return s.entries().size() == ++expected;
  };
  s.pixels[0] ^= 1;
  CHECK(is_new());  // one bit of one image
  s.config.bn = BnMode::recalibrated;
  CHECK(is_new());
  CHECK(is_new(5));  // statistics of other images
  auto weights = read_safetensors(*s.weights.file, Checksum::if_present);
  weights.arrays.pop_back();  // the classifier: the network is the same, the file is another
  write_safetensors(*s.weights.file, weights);
  CHECK(is_new());
  s.config.view.blocks = 3;
  CHECK(is_new());
  s.config.view.pooling = Pooling::quadrants;
  CHECK(is_new());
  s.config.view = {};
  s.config.weights = "random";
  CHECK(is_new());
  CHECK(is_new(4, 2));
}

}  // namespace tsd::nback
