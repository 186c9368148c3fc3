#include "families/plastic/data/task.hpp"

#include <algorithm>
#include <numeric>

#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/rng/python_random.hpp"

namespace tsd::plastic {

namespace {

class ReferenceDraws final : public Draws {
 public:
  ReferenceDraws(TorchGenerator torch, std::uint64_t seed)
      : torch_(torch), python_(seed), numpy_(static_cast<std::uint32_t>(seed)) {}

  void base(std::span<float> frame) override {  // probabilities first, then a Bernoulli variable of each
    probabilities_.resize(frame.size());
    torch_.uniform(std::span(probabilities_));
    torch_.bernoulli(probabilities_, frame);
    for (float& value : frame) value = 2 * value - 1;
  }
  std::vector<std::int64_t> distinct(int n, int k) override { return python_.sample(n, k); }
  double uniform() override { return numpy_.random_sample(); }

  Arrays save() const override {
    return {torch_.save("torch"), python_.save("python"), numpy_.save("numpy")};
  }
  void load(const Arrays& saved) override {
    torch_.load(find(saved, "torch"));
    python_.load(find(saved, "python"));
    numpy_.load(find(saved, "numpy"));
  }

 private:
  TorchGenerator torch_;
  PythonRandom python_;
  NumpyLegacy numpy_;
  std::vector<float> probabilities_;
};

class FastDraws final : public Draws {
 public:
  FastDraws(std::uint64_t seed, std::string_view stream) : generator_(seed, stream) {}

  void base(std::span<float> frame) override {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < frame.size(); ++i, bits >>= 1) {
      if (i % 32 == 0) bits = generator_.next();
      frame[i] = (bits & 1) != 0 ? 1.0f : -1.0f;
    }
  }
  std::vector<std::int64_t> distinct(int n, int k) override {  // Fisher & Yates, stopped after k
    pool_.resize(static_cast<std::size_t>(n));
    std::iota(pool_.begin(), pool_.end(), 0);
    for (std::size_t i = 0; i < static_cast<std::size_t>(k); ++i)
      std::swap(pool_[i], pool_[i + generator_.below(pool_.size() - i)]);
    return {pool_.begin(), pool_.begin() + k};
  }
  double uniform() override { return generator_.random(); }

  Arrays save() const override { return {generator_.save("philox")}; }
  void load(const Arrays& saved) override { generator_.load(find(saved, "philox")); }

 private:
  Philox generator_;
  std::vector<std::int64_t> pool_;
};

// Frames of `scene` from `first` on.
void vary(const TaskSpec& task, Draws& draws, std::span<const float> base, std::size_t first,
          std::span<float> scene) {
  for (std::size_t k = first; k < static_cast<std::size_t>(task.F); ++k) {
    const auto frame = scene.subspan(k * base.size(), base.size());
    std::ranges::copy(base, frame.begin());
    for (const std::int64_t i : draws.distinct(task.d, task.flips()))
      frame[static_cast<std::size_t>(i)] = -frame[static_cast<std::size_t>(i)];
  }
}

void new_scene(const TaskSpec& task, Draws& draws, std::span<float> scene) {
  const auto base = scene.first(static_cast<std::size_t>(task.d));
  draws.base(base);
  vary(task, draws, base, 1, scene);
}

void reorder(const TaskSpec& task, Draws& draws, std::span<const float> seen, std::span<float> scene) {
  const auto d = static_cast<std::size_t>(task.d);
  const auto order = draws.distinct(task.F, task.F);
  for (std::size_t k = 0; k < order.size(); ++k)
    std::ranges::copy(seen.subspan(static_cast<std::size_t>(order[k]) * d, d),
                      scene.begin() + static_cast<std::ptrdiff_t>(k * d));
}

}  // namespace

void generate(const TaskSpec& task, int R, int T, Draws& draws, Sequence& sequence) {
  const auto d = static_cast<std::size_t>(task.d), size = d * static_cast<std::size_t>(task.F);
  sequence.T = T, sequence.F = task.F, sequence.d = task.d;
  sequence.frames.resize(size * static_cast<std::size_t>(T));
  sequence.labels.assign(static_cast<std::size_t>(T), 0);
  const std::span all(sequence.frames);
  for (std::size_t s = 0, r = static_cast<std::size_t>(R); s < static_cast<std::size_t>(T); ++s) {
    const auto scene = all.subspan(s * size, size);
    const bool again =
        s >= r && draws.uniform() >= 1 - task.repeat_probability && sequence.labels[s - r] != 1;
    if (!again) {
      new_scene(task, draws, scene);
      continue;
    }
    sequence.labels[s] = 1;
    const auto seen = all.subspan((s - r) * size, size);
    if (task.again == Again::frames)
      reorder(task, draws, seen, scene);
    else
      vary(task, draws, seen.first(d), 0, scene);
  }
}

std::unique_ptr<Draws> reference_draws(TorchGenerator torch, std::uint64_t seed) {
  return std::make_unique<ReferenceDraws>(torch, seed);
}
std::unique_ptr<Draws> fast_draws(std::uint64_t seed, std::string_view stream) {
  return std::make_unique<FastDraws>(seed, stream);
}

}  // namespace tsd::plastic
