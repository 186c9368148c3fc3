#include "families/nback/perceptual.hpp"

#include <algorithm>
#include <cmath>

#include "families/nback/backbone_weights.hpp"
#include "tsd/engine/log.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/nn/archive.hpp"
#include "tsd/nn/backbone.hpp"

namespace tsd::nback {

namespace {

constexpr std::size_t kImagesAtOnce = 16;
constexpr std::size_t kMaxWeights = std::size_t{1} << 30;

// He et al. 2015, fan-out: N(0, 2 / (k * k * out / groups)); batch norm starts as the identity.
void draw_weights(nn::Backbone& backbone, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  TorchGenerator generator(seed);
  for (const auto& module : backbone.modules())
    if (auto* conv = module->as<torch::nn::Conv2d>()) {
      const auto& w = conv->weight;
      const double fan_out = static_cast<double>(w.size(0) * w.size(2) * w.size(3) / conv->options.groups());
      generator.normal(std::span(w.data_ptr<float>(), static_cast<std::size_t>(w.numel())), 0, std::sqrt(2 / fan_out));
    }
}

}  // namespace

struct Perceptual::Impl {
  std::shared_ptr<nn::Backbone> backbone;
  torch::Device device = torch::kCPU;
  torch::Tensor mean, std;
  std::string arch, weights;

  // uint8 [n, 224, 224, 3] -> float32 [n, 3, 224, 224], normalised
  torch::Tensor batch(Pixels pixels, Rows rows) const {
    auto bytes = torch::empty({static_cast<std::int64_t>(rows.size()), kImageSide, kImageSide, 3}, torch::kUInt8);
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(pixels.data() + static_cast<std::size_t>(rows[i]) * kImageBytes, kImageBytes, bytes.data_ptr<std::uint8_t>() + i * kImageBytes);
    const auto images = bytes.to(device).permute({0, 3, 1, 2}).to(torch::kFloat32).div_(255);
    return images.sub(mean).div(std);
  }
};

Perceptual::Perceptual(const BackboneConfig& config, const std::string& device, std::uint64_t seed) : impl_(std::make_unique<Impl>()) {
  const BackboneWeights found = locate_weights(config);
  impl_->backbone = found.arch == Arch::resnet50 ? nn::make_resnet50() : nn::make_mobilenet_v2();
  impl_->arch = arch_name(found.arch);
  impl_->device = torch::Device(device);
  if (found.file) {
    const auto file = read_safetensors(*found.file, Checksum::if_present);
    nn::load(*impl_->backbone, file.arrays, found.file->string(), {impl_->backbone->classifier()});
    impl_->weights = found.file->filename().string() + " sha256:" + sha256(read_bytes(*found.file, kMaxWeights));
  } else {
    draw_weights(*impl_->backbone, seed);
    impl_->weights = "random";
  }
  impl_->backbone->eval();
  impl_->backbone->to(impl_->device);
  impl_->mean = torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1}).to(impl_->device);
  impl_->std = torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1}).to(impl_->device);
  log_info("backbone " + impl_->arch + ", weights " + (found.file ? found.file->string() : impl_->weights));
}

Perceptual::~Perceptual() = default;
int Perceptual::features() const { return impl_->backbone->features(); }
const std::string& Perceptual::arch() const { return impl_->arch; }
const std::string& Perceptual::weights() const { return impl_->weights; }

void Perceptual::recalibrate(Pixels pixels, Rows rows) {
  nn::recalibrate_batch_norm(*impl_->backbone, impl_->batch(pixels, rows));
}

std::vector<float> Perceptual::features_of(Pixels pixels, Rows rows) {
  const torch::InferenceMode inference;
  std::vector<float> all;
  for (std::size_t begin = 0; begin < rows.size(); begin += kImagesAtOnce) {
    const auto part = rows.subspan(begin, std::min(kImagesAtOnce, rows.size() - begin));
    const auto values = impl_->backbone->forward(impl_->batch(pixels, part)).to(torch::kCPU).contiguous();
    all.insert(all.end(), values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  }
  return all;
}

std::vector<float> Perceptual::features_in_training(Pixels pixels, Rows rows) {
  const torch::NoGradGuard no_grad;
  impl_->backbone->train();
  const auto values = impl_->backbone->forward(impl_->batch(pixels, rows)).to(torch::kCPU).contiguous();
  impl_->backbone->eval();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

Arrays Perceptual::state() const {
  Arrays state;
  for (const auto& item : impl_->backbone->named_buffers()) state.push_back(nn::to_array("backbone." + item.key(), item.value()));
  return state;
}

void Perceptual::restore(const Arrays& state) {
  const torch::NoGradGuard no_grad;
  for (auto& item : impl_->backbone->named_buffers()) item.value().copy_(nn::to_tensor(find(state, "backbone." + item.key())));
}

namespace {

std::string cache_key(const BackboneConfig& config, const Perceptual& perceptual, Pixels pixels, Rows training, std::uint64_t seed) {
  std::string content = "1|" + perceptual.arch() + "|" + perceptual.weights() + "|" + sha256(std::as_bytes(pixels));
  if (perceptual.weights() == "random") content += "|seed " + std::to_string(seed);
  if (config.bn == BnMode::recalibrated) content += "|recalibrated " + sha256(std::as_bytes(training));
  return sha256(content);
}

}  // namespace

FeatureTable extract_features(const BackboneConfig& config, Pixels pixels, Rows training, const std::string& device,
                              std::uint64_t seed) {
  Perceptual perceptual(config, device, seed);
  FeatureTable table{perceptual.features(), {}, perceptual.arch(), perceptual.weights()};
  const auto file = cache_directory() / "features" / (cache_key(config, perceptual, pixels, training, seed) + ".safetensors");
  if (std::filesystem::exists(file)) {
    try {
      const TensorFile cached = read_safetensors(file, Checksum::required);
      const auto values = find(cached.arrays, "features").as<float>();
      table.values.assign(values.begin(), values.end());
      return table;
    } catch (const DataError& error) {
      log_warning(std::string(error.what()) + "; computing the features anew");
    }
  }
  const std::size_t S = pixels.size() / kImageBytes;
  log_info("computing features of " + std::to_string(S) + " images");
  if (config.bn == BnMode::recalibrated) perceptual.recalibrate(pixels, training);
  std::vector<std::int32_t> rows(S);
  for (std::size_t i = 0; i < S; ++i) rows[i] = static_cast<std::int32_t>(i);
  table.values = perceptual.features_of(pixels, rows);
  std::filesystem::create_directories(file.parent_path());
  write_safetensors(file, {{make_array<float>("features", std::span<const float>(table.values), {static_cast<std::int64_t>(S), table.F})}, {}});
  return table;
}

}  // namespace tsd::nback
