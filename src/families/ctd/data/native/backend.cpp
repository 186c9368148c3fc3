// Blocks of trials side by side. Which trials share a block depends on the batch alone, and their gradients
// are added in order, so the threads don't show.
#include <algorithm>
#include <atomic>
#include <numeric>

#include "families/ctd/data/native/block.hpp"
#include "tsd/kernels/denormals.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

namespace {

constexpr std::size_t kBlockRows = 128;  // at most; fewer where that makes an even number of blocks

void prepare(Outputs& outputs, const ModelSpec& spec, std::int64_t B) {
  const auto resize = [&](std::vector<float>& values, int steps, int width) {
    values.assign(static_cast<std::size_t>(B * steps * width), 0.0f);
  };
  const int T = spec.steps();
  resize(outputs.rates, T, spec.extents.N_all), resize(outputs.log_rates, T, spec.extents.N_all);
  resize(outputs.latents, T, spec.latents());
  if (!spec.is_lfads()) return;
  resize(outputs.factors, T, spec.lfads.fac_dim);
  resize(outputs.ic_mean, 1, spec.lfads.ic_dim), resize(outputs.ic_std, 1, spec.lfads.ic_dim);
  resize(outputs.generator_inputs, T, spec.inferred_inputs() + spec.extents.U);
  resize(outputs.inferred_inputs, T, spec.inferred_inputs()),
      resize(outputs.co_std, T, spec.inferred_inputs());
}

class NativeBackend final : public Backend {
 public:
  NativeBackend(const Config& config, const ModelSpec& spec, int threads)
      : spec_(spec), layout_(spec_), threads_(threads) {
    for (int k = 0; k < threads; ++k)
      blocks_.push_back(spec_.is_lfads() ? make_lfads_block(config, spec_, layout_)
                                         : make_sae_block(config, spec_, layout_));
  }

  Loss run(std::span<const float> parameters, const Batch& batch, const Pass& pass,
           Outputs* outputs) override {
    if (outputs) prepare(*outputs, spec_, batch.size());
    return over_blocks(parameters, batch, pass, {}, false, outputs);
  }

  Loss gradient(std::span<const float> parameters, const Batch& batch, const Pass& pass,
                const Objective& objective, std::span<float> gradient) override {
    const Loss loss = over_blocks(parameters, batch, pass, objective, true, nullptr);
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    for (std::size_t b = 0; b < groups_.size(); ++b)
      kernels::add(layout_.size(), &gradients_[b * layout_.size()], gradient.data());
    return loss;
  }

 private:
  void deal(std::int64_t B) {
    const auto size = static_cast<std::size_t>(B), pairs = (size + 2 * kBlockRows - 1) / (2 * kBlockRows),
               blocks = std::min(size, 2 * pairs);
    groups_.assign(blocks, {});
    for (std::size_t k = 0; k < size; ++k) groups_[k * blocks / size].push_back(static_cast<int>(k));
  }

  Loss over_blocks(std::span<const float> parameters, const Batch& batch, const Pass& pass,
                   const Objective& objective, bool backward, Outputs* outputs) {
    deal(batch.size());
    if (backward) gradients_.assign(groups_.size() * layout_.size(), 0.0f);
    std::vector<Loss> losses(groups_.size());
    std::atomic<std::size_t> next{0};
    math::use_threads(threads_);
    math::parallel(static_cast<int>(groups_.size()), 1, [&](int begin, int end) {
      // What comes back through hundreds of steps to the encoder's first fades away.
      [[maybe_unused]] const kernels::DenormalsAsZero fast;
      NativeBlock& block = *blocks_[next++];
      for (int b = begin; b < end; ++b) {
        const auto at = static_cast<std::size_t>(b);
        float* gradient = backward ? &gradients_[at * layout_.size()] : nullptr;
        losses[at] = block.run({parameters, batch, pass, objective, gradient, outputs}, groups_[at]);
      }
    });
    Loss sum;
    for (const Loss& loss : losses) {
      sum.recon += loss.recon, sum.kl_ic += loss.kl_ic, sum.kl_co += loss.kl_co;
      sum.held_out += loss.held_out;
    }
    return sum;
  }

  ModelSpec spec_;
  Layout layout_;
  int threads_;
  std::vector<std::unique_ptr<NativeBlock>> blocks_;
  std::vector<std::vector<int>> groups_;
  std::vector<float> gradients_;
};

}  // namespace

std::unique_ptr<Backend> native_backend(const Config& config, const ModelSpec& spec, int threads) {
  return std::make_unique<NativeBackend>(config, spec, threads);
}

}  // namespace tsd::ctd_data
