#include "families/nback/data/features/perceptual.hpp"

#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/nback/data/features/feature_cache.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/nn/archive.hpp"
#include "tsd/nn/backbone.hpp"

namespace tsd::nback {

namespace {

// Few enough that a layer's activations stay near the processor's caches; enough to fill a GPU.
constexpr std::size_t kImagesAtOnceCpu = 4, kImagesAtOnceCuda = 64;

std::string first_line(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

// He et al. 2015, fan-out: N(0, 2 / (k * k * out / groups)); batch norm starts as the identity.
void draw_weights(nn::Backbone& backbone, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  TorchGenerator generator(seed);
  for (const auto& module : backbone.modules())
    if (auto* conv = module->as<torch::nn::Conv2d>()) {
      const auto& w = conv->weight;
      const std::int64_t fan_out = w.size(0) * w.size(2) * w.size(3) / conv->options.groups();
      auto drawn = torch::empty(w.sizes());  // C order, whatever order the layer works in
      generator.normal(std::span(drawn.data_ptr<float>(), static_cast<std::size_t>(drawn.numel())), 0,
                       std::sqrt(2 / static_cast<double>(fan_out)));
      w.copy_(drawn);
    }
}

// Feature map [n, C, h, w] -> features.
torch::Tensor pooled(const torch::Tensor& map, Pooling pooling) {
  if (pooling == Pooling::mean) return map.mean({2, 3});
  return torch::adaptive_avg_pool2d(map, {2, 2}).flatten(1);
}

void append(std::vector<float>& all, const torch::Tensor& features) {
  const auto values = features.to(torch::kCPU).contiguous();
  all.insert(all.end(), values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
}

std::vector<std::int32_t> rows_of(Pixels pixels) {
  std::vector<std::int32_t> rows(pixels.size() / kImageBytes);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace

struct Perceptual::Impl {
  std::shared_ptr<nn::Backbone> backbone;  // none with a script
  std::optional<torch::jit::Module> script;
  FeatureView view;
  int features = 0;
  torch::Device device = torch::kCPU;
  torch::Tensor mean, std;
  BackboneWeights weights;

  std::size_t images_at_once() const { return device.is_cuda() ? kImagesAtOnceCuda : kImagesAtOnceCpu; }

  // uint8 [n, 224, 224, 3] -> float32 [n, 3, 224, 224], normalised
  torch::Tensor batch(Pixels pixels, Rows rows) const {
    auto bytes =
        torch::empty({static_cast<std::int64_t>(rows.size()), kImageSide, kImageSide, 3}, torch::kByte);
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(pixels.data() + static_cast<std::size_t>(rows[i]) * kImageBytes, kImageBytes,
                  bytes.data_ptr<std::uint8_t>() + i * kImageBytes);
    const auto images = bytes.to(device).permute({0, 3, 1, 2}).to(torch::kFloat).div_(255);
    return images.sub(mean).div_(std);
  }

  // Normalised images -> features [n, F].
  torch::Tensor forward(const torch::Tensor& images) {
    torch::Tensor x = script ? run_script(images) : backbone->feature_map(images);
    if (x.dim() == 2 && view.pooling == Pooling::mean) return x;
    if (x.dim() != 4 || x.size(0) != images.size(0))
      throw DataError(weights.file->string() +
                      ": backbone.weights: expected a network that gives features [S, F]" +
                      " (backbone.pooling: mean) or a map [S, C, h, w], got " + c10::str(x.sizes()));
    return pooled(x, view.pooling);
  }
  torch::Tensor run_script(const torch::Tensor& images) try {
    return script->forward({images}).toTensor().to(torch::kFloat);
  } catch (const c10::Error& error) {
    throw DataError(weights.file->string() +
                    ": backbone.weights: expected a network from images [S, 3, 224, 224] " +
                    "to one tensor, got: " + first_line(error));
  }

  // The k-th part of `rows`.
  Rows part(Rows rows, std::size_t k) const {
    const std::size_t begin = k * images_at_once();
    return rows.subspan(begin, std::min(images_at_once(), rows.size() - begin));
  }
  std::size_t parts(Rows rows) const { return (rows.size() + images_at_once() - 1) / images_at_once(); }
};

namespace {

std::shared_ptr<nn::Backbone> make_backbone(const BackboneWeights& weights, std::uint64_t seed,
                                            const FeatureView& view) {
  auto backbone = weights.arch == Arch::resnet50 ? nn::make_resnet50() : nn::make_mobilenet_v2();
  if (view.blocks && *view.blocks > static_cast<int>(backbone->blocks().size()))
    throw ConfigError("backbone.blocks: expected at most the " + std::to_string(backbone->blocks().size()) +
                      " of " + arch_name(weights.arch) + ", got " + std::to_string(*view.blocks));
  if (weights.file) {
    const auto file = read_safetensors(*weights.file, Checksum::if_present);
    nn::load(*backbone, file.arrays, weights.file->string(), {backbone->classifier()});
  } else {
    draw_weights(*backbone, seed);
  }
  if (view.blocks) backbone->stop_after(*view.blocks);
  backbone->eval();
  return backbone;
}

torch::jit::Module read_script(const std::filesystem::path& file, torch::Device device) try {
  auto script = torch::jit::load(file.string(), device);
  script.eval();
  return script;
} catch (const c10::Error& error) {
  throw DataError(file.string() + ": backbone.weights: expected a network exported to TorchScript " +
                  "(torch.jit.script or trace, then save), got: " + first_line(error));
}

}  // namespace

Perceptual::Perceptual(const BackboneWeights& weights, const std::string& device, std::uint64_t seed,
                       const FeatureView& view)
    : impl_(std::make_unique<Impl>()) {
  impl_->weights = weights;
  impl_->view = view;
  impl_->device = torch::Device(device);
  if (weights.arch == Arch::torchscript) {
    impl_->script = read_script(*weights.file, impl_->device);
  } else {
    impl_->backbone = make_backbone(weights, seed, view);
    impl_->backbone->to(impl_->device);
  }
  impl_->mean = torch::tensor({0.485f, 0.456f, 0.406f}).view({1, 3, 1, 1}).to(impl_->device);
  impl_->std = torch::tensor({0.229f, 0.224f, 0.225f}).view({1, 3, 1, 1}).to(impl_->device);
  const torch::InferenceMode inference;
  impl_->features =
      static_cast<int>(impl_->forward(torch::zeros({1, 3, kImageSide, kImageSide}, impl_->device)).size(1));
}

Perceptual::~Perceptual() = default;
int Perceptual::features() const { return impl_->features; }
std::string Perceptual::arch() const { return arch_name(impl_->weights.arch) + name_of(impl_->view); }
const std::string& Perceptual::weights() const { return impl_->weights.label; }

void Perceptual::recalibrate(Pixels pixels, Rows rows) {
  nn::recalibrate_batch_norm(
      *impl_->backbone, static_cast<std::int64_t>(impl_->parts(rows)),
      [&](std::int64_t k) { return impl_->batch(pixels, impl_->part(rows, static_cast<std::size_t>(k))); });
}

std::vector<float> Perceptual::features_of(Pixels pixels, Rows rows) {
  const torch::InferenceMode inference;
  std::vector<float> all;
  all.reserve(rows.size() * static_cast<std::size_t>(features()));
  for (std::size_t k = 0; k < impl_->parts(rows); ++k)
    append(all, impl_->forward(impl_->batch(pixels, impl_->part(rows, k))));
  return all;
}

std::vector<BlockFeatures> Perceptual::features_by_block(Pixels pixels) {
  if (!impl_->backbone) return {};
  const torch::InferenceMode inference;
  const auto& blocks = impl_->backbone->blocks();
  std::vector<BlockFeatures> all(blocks.size());
  const auto rows = rows_of(pixels);
  for (std::size_t k = 0; k < impl_->parts(rows); ++k) {
    torch::Tensor x =
        impl_->batch(pixels, impl_->part(rows, k)).contiguous(torch::MemoryFormat::ChannelsLast);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      x = blocks[b](x);
      all[b].channels = static_cast<int>(x.size(1));
      append(all[b].mean, pooled(x, Pooling::mean));
      append(all[b].quadrants, pooled(x, Pooling::quadrants));
    }
  }
  return all;
}

std::vector<float> Perceptual::features_in_training(Pixels pixels, Rows rows) {
  const torch::NoGradGuard no_grad;
  impl_->backbone->train();
  const auto values = impl_->forward(impl_->batch(pixels, rows)).to(torch::kCPU).contiguous();
  impl_->backbone->eval();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

Arrays Perceptual::state() const {
  Arrays state;
  for (const auto& item : impl_->backbone->named_buffers())
    state.push_back(nn::to_array("backbone." + item.key(), item.value()));
  return state;
}

void Perceptual::restore(const Arrays& state) {
  const torch::NoGradGuard no_grad;
  for (auto& item : impl_->backbone->named_buffers())
    item.value().copy_(nn::to_tensor(find(state, "backbone." + item.key())));
}

namespace {

// Of all that determines the features; the leading number counts changes of the computation itself.
std::string cache_key(const BackboneConfig& config, const BackboneWeights& weights, Pixels pixels,
                      Rows training, const std::string& device, std::uint64_t seed) {
  std::string content = "2|" + device.substr(0, device.find(':')) + "|" + arch_name(weights.arch) + "|" +
                        (weights.file ? weights.label : "random " + std::to_string(seed)) + "|" +
                        sha256(std::as_bytes(pixels));
  if (config.bn == BnMode::recalibrated) content += "|recalibrated " + sha256(std::as_bytes(training));
  if (const auto view = name_of(config.view); !view.empty()) content += "|" + view;
  return sha256(content);
}

}  // namespace

FeatureTable extract_features(const BackboneConfig& config, Pixels pixels, Rows training,
                              const std::string& device, std::uint64_t seed) {
  const BackboneWeights weights = locate_weights(config);
  const std::size_t S = pixels.size() / kImageBytes;
  const Array features = cached_features(
      cache_key(config, weights, pixels, training, device, seed), static_cast<std::int64_t>(S), [&] {
        log_info("computing the features of " + std::to_string(S) + " images");
        Perceptual perceptual(weights, device, seed, config.view);
        if (config.bn == BnMode::recalibrated) perceptual.recalibrate(pixels, training);
        const auto values = perceptual.features_of(pixels, rows_of(pixels));
        return make_array<float>("features", std::span(values),
                                 {static_cast<std::int64_t>(S), perceptual.features()});
      });
  const auto values = features.as<float>();
  return {static_cast<int>(features.shape[1]),
          {values.begin(), values.end()},
          arch_name(weights.arch) + name_of(config.view),
          weights.label};
}

}  // namespace tsd::nback
