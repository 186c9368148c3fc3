// Weights and images from a hash of name and index, as scripts/reference/oracles/nback/backbone_features.py makes them.
#pragma once
#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace tsd::test {

// offset + scale u, u in [-1, 1): FNV-1a of the name, then the finaliser of MurmurHash3 for each index.
inline torch::Tensor made_up(const std::string& name, torch::IntArrayRef shape, double scale,
                             double offset = 0) {
  std::uint32_t key = 0x811C9DC5u;
  for (char c : name) key = (key ^ static_cast<std::uint8_t>(c)) * 0x01000193u;
  auto values = torch::empty(shape);
  float* out = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    std::uint32_t x = key + static_cast<std::uint32_t>(i) * 0x9E3779B9u;
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    x ^= x >> 16;
    out[i] = static_cast<float>(offset + scale * ((x >> 8) / 8388608.0 - 1));
  }
  return values;
}

// float64 [count, 3, side, side]. Added in double, as the reference does: over three small images batch
// statistics are so ill-conditioned that the rounding of this sum alone moves recalibrated features by 3e-5.
inline torch::Tensor made_up_images(std::int64_t count, std::int64_t side = 64) {
  const auto coarse = made_up("images.coarse", {count, 3, side / 16, side / 16}, 1.0).to(torch::kFloat64);
  const auto fine = made_up("images.fine", {count, 3, side, side}, 0.5).to(torch::kFloat64);
  return fine + coarse.repeat_interleave(16, 2).repeat_interleave(16, 3);
}

inline void fill_with_made_up(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  for (auto& item : network.named_parameters()) {
    auto& w = item.value();
    if (w.dim() == 4)
      w.copy_(made_up(item.key(), w.sizes(), std::sqrt(6.0 / static_cast<double>(w[0].numel()))));
    else
      w.copy_(made_up(item.key(), w.sizes(), 0.25, item.key().ends_with("weight") ? 1.0 : 0.0));
  }
  for (auto& item : network.named_buffers()) {
    if (item.key().ends_with("running_mean"))
      item.value().copy_(made_up(item.key(), item.value().sizes(), 0.25));
    if (item.key().ends_with("running_var"))
      item.value().copy_(made_up(item.key(), item.value().sizes(), 0.5, 1.0));
  }
}

// Small tensors gain nothing from a second thread, and lose much where another process keeps it busy.
struct OneThread {
  OneThread() { torch::set_num_threads(1); }
  ~OneThread() { torch::set_num_threads(before); }
  int before = torch::get_num_threads();
};

}  // namespace tsd::test
