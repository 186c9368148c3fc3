#include "families/layered/plain/noise.hpp"

#include <array>
#include <span>

namespace tsd::layered {

namespace {

// The one stream of the original on a CPU, which all else is drawn from, too.
class SharedStream final : public Noise {
 public:
  SharedStream(TorchGenerator& stream, torch::Device device) : stream_(stream), device_(device) {}

  torch::Tensor normal(torch::IntArrayRef shape) override {
    torch::Tensor values = torch::empty(shape, torch::kFloat);
    stream_.normal(std::span(values.data_ptr<float>(), static_cast<std::size_t>(values.numel())));
    return values.to(device_);
  }
  void skip(std::int64_t count) override {
    if (count < 16) {  // whose rule keeps a second number
      std::array<float, 15> few;
      stream_.normal(std::span<float>(few).first(static_cast<std::size_t>(count)));
      return;
    }
    // A word for each, and 16 for a last block that is drawn anew.
    for (std::int64_t i = 0; i < count + (count % 16 ? 16 : 0); ++i) stream_.random();
  }
  torch::Tensor save() const override { return torch::empty({0}, torch::kByte); }
  void restore(const torch::Tensor&) override {}

 private:
  TorchGenerator& stream_;
  torch::Device device_;
};

class OwnGenerator final : public Noise {
 public:
  OwnGenerator(torch::Device device, std::uint64_t seed)
      : device_(device), generator_(at::globalContext().defaultGenerator(device).clone()) {
    generator_.set_current_seed(seed);
  }

  torch::Tensor normal(torch::IntArrayRef shape) override {
    return at::empty(shape, torch::device(device_)).normal_(0, 1, generator_);
  }
  void skip(std::int64_t) override {}
  torch::Tensor save() const override { return generator_.get_state(); }
  void restore(const torch::Tensor& saved) override { generator_.set_state(saved); }

 private:
  torch::Device device_;
  at::Generator generator_;
};

}  // namespace

std::unique_ptr<Noise> make_noise(TorchGenerator* stream, torch::Device device, std::uint64_t seed) {
  if (stream) return std::make_unique<SharedStream>(*stream, device);
  return std::make_unique<OwnGenerator>(device, seed);
}

}  // namespace tsd::layered
