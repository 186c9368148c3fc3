// Blocks of trials side by side. Which trials share a block depends on the batch alone, and their gradients
// are added in order, so the threads don't show.
#include <algorithm>
#include <atomic>
#include <numeric>

#include "families/ctd/task/native/block.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_task {

namespace {

constexpr std::size_t kBlockRows = 128;  // at most; fewer where that makes an even number of blocks

void prepare(Rollout& rollout, const ModelSpec& spec, const TaskShape& shape, std::int64_t B) {
  const auto resize = [&](std::vector<float>& values, int width) {
    values.assign(static_cast<std::size_t>(B * shape.T * width), 0.0f);
  };
  resize(rollout.controlled, shape.targets);
  if (rollout.controlled_only) return;
  resize(rollout.actions, spec.O);
  resize(rollout.latents, spec.H);
  resize(rollout.observations, shape.observations);
  resize(rollout.joints, shape.closed_loop() ? 4 : 0);
}

class NativeBackend final : public Backend {
 public:
  NativeBackend(const ModelSpec& spec, const Task& task, int threads)
      : spec_(spec), layout_(spec), task_(task), threads_(threads) {
    for (int k = 0; k < threads; ++k) blocks_.push_back(std::make_unique<NativeBlock>(spec_, layout_, task_));
  }

  Loss run(std::span<const float> parameters, const Batch& batch, const Noise& noise,
           Rollout* rollout) override {
    if (rollout) prepare(*rollout, spec_, shape_of(task_), batch.size());
    return over_blocks(parameters, batch, noise, false, rollout);
  }

  Loss gradient(std::span<const float> parameters, const Batch& batch, const Noise& noise,
                std::span<float> gradient) override {
    const Loss loss = over_blocks(parameters, batch, noise, true, nullptr);
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    for (std::size_t b = 0; b < groups_.size(); ++b)
      kernels::add(layout_.size(), &gradients_[b * layout_.size()], gradient.data());
    return loss;
  }

 private:
  // Trials dealt out by falling length: every block has some that end early.
  void deal(const Batch& batch) {
    std::vector<int> order(batch.trials.size());
    std::iota(order.begin(), order.end(), 0);
    const auto length = [&](int i) {
      return batch.data->lengths[static_cast<std::size_t>(batch.trials[static_cast<std::size_t>(i)])];
    };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return length(a) > length(b); });
    const std::size_t B = order.size(), pairs = (B + 2 * kBlockRows - 1) / (2 * kBlockRows),
                      count = std::min(B, 2 * pairs);
    groups_.assign(count, {});
    for (std::size_t k = 0; k < B; ++k) groups_[k % count].push_back(order[k]);
  }

  Loss over_blocks(std::span<const float> parameters, const Batch& batch, const Noise& noise, bool backward,
                   Rollout* rollout) {
    deal(batch);
    if (backward) gradients_.assign(groups_.size() * layout_.size(), 0.0f);
    const LossScales scales(spec_, task_, batch.size(), batch.position_steps);
    std::vector<Loss> losses(groups_.size());
    std::atomic<std::size_t> next{0};
    math::use_threads(threads_);
    math::parallel(static_cast<int>(groups_.size()), 1, [&](int begin, int end) {
      NativeBlock& block = *blocks_[next++];
      for (int b = begin; b < end; ++b) {
        const auto at = static_cast<std::size_t>(b);
        float* gradient = backward ? &gradients_[at * layout_.size()] : nullptr;
        losses[at] = block.run({parameters, batch, noise, scales, gradient, rollout}, groups_[at]);
      }
    });
    Loss sum;
    for (const Loss& loss : losses)
      sum.task += loss.task, sum.effort += loss.effort, sum.latent += loss.latent;
    return sum;
  }

  ModelSpec spec_;
  Layout layout_;
  Task task_;
  int threads_;
  std::vector<std::unique_ptr<NativeBlock>> blocks_;
  std::vector<std::vector<int>> groups_;
  std::vector<float> gradients_;
};

}  // namespace

std::unique_ptr<Backend> native_backend(const ModelSpec& spec, const Task& task, int threads) {
  return std::make_unique<NativeBackend>(spec, task, threads);
}

}  // namespace tsd::ctd_task
