#include "families/nback/data/training_stream.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "families/nback/data/proxy.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/rng/python_random.hpp"
#include "tsd/engine/rng/torch_generator.hpp"

namespace tsd::nback {

namespace {

template <RandomSource R>
class Stream final : public TrainingStream {
 public:
  Stream(const Config& config, const StimulusSet& set, const Splits& splits, R rng, std::uint64_t seed)
      : mix_{config.n_values, config.properties(), config.sequence_length, config.match_probability},
        generator_(set, splits.train),
        rng_(std::move(rng)),
        shuffler_(seed),
        num_train_(config.num_train),
        batch_size_(config.batch_size) {
    if (config.mode == Mode::proxy) proxy_.emplace(set, splits);
    if (config.cache_train_sequences) cached_ = draw(generator_, num_train_);
    for (const auto& name : config.validation) {
      const auto& pool = name == "novel_angle" ? splits.novel_angle : splits.novel_identity;
      validation_.push_back({name, draw(SequenceGenerator(set, pool), config.validation_sequences(name))});
    }
    count_targets();
    for (ValidationSet& split : validation_)
      for (Sequence& s : split.sequences)
        if (proxy_) proxy_->label(s.feature, s.n, s.stimulus, s.target);
  }

  const std::vector<ValidationSet>& validation() const override { return validation_; }
  std::array<std::int64_t, kResponses> target_counts() const override { return counts_; }

  void next(Batch& batch) override {
    const std::int64_t size = std::min<std::int64_t>(batch_size_, num_train_ - cursor_);
    if (cached_.empty()) {
      generator_.draw(rng_, mix_, static_cast<int>(size), batch);
    } else {
      if (cursor_ == 0) order_ = shuffler_.randperm(num_train_);
      std::vector<Sequence> chosen;
      for (std::int64_t i = 0; i < size; ++i) chosen.push_back(cached_[order_[cursor_ + i]]);
      batch = make_batch(chosen);
    }
    cursor_ = (cursor_ + size) % num_train_;
    const std::size_t L = batch.L;
    for (std::size_t b = 0; proxy_ && b < batch.n.size(); ++b)
      proxy_->label(static_cast<Property>(batch.feature[b]), batch.n[b],
                    std::span(batch.stimulus).subspan(b * L, L), std::span(batch.target).subspan(b * L, L));
  }

  void save(Arrays& state) const override {
    state.push_back(rng_.save("data.rng"));
    state.push_back(shuffler_.save("data.shuffle_rng"));
    state.push_back(make_scalar<std::int64_t>("data.cursor", cursor_));
    state.push_back(make_array<std::int64_t>("data.order", order_));
  }

  void load(const Arrays& state) override {
    rng_.load(find(state, "data.rng"));
    shuffler_.load(find(state, "data.shuffle_rng"));
    cursor_ = scalar<std::int64_t>(state, "data.cursor");
    const auto order = find(state, "data.order").as<std::int64_t>();
    order_.assign(order.begin(), order.end());
  }

 private:
  std::vector<Sequence> draw(const SequenceGenerator& generator, int count) {
    std::vector<Sequence> sequences;
    sequences.reserve(count);
    for (int i = 0; i < count; ++i) sequences.push_back(generator.draw(rng_, mix_));
    return sequences;
  }

  void count_targets() {
    for (int i = 0; i < num_train_; ++i) {
      const Sequence drawn = cached_.empty() ? generator_.draw(rng_, mix_) : cached_[i];
      for (int t = drawn.n; t < mix_.L; ++t) ++counts_[drawn.target[t]];
    }
  }

  TaskMix mix_;
  std::optional<ProxyTargets> proxy_;
  SequenceGenerator generator_;
  R rng_;
  TorchGenerator shuffler_;
  std::int64_t num_train_, batch_size_, cursor_ = 0;
  std::vector<Sequence> cached_;
  std::vector<std::int64_t> order_;  // of the epoch under way, where sequences are cached
  std::vector<ValidationSet> validation_;
  std::array<std::int64_t, kResponses> counts_{};
};

}  // namespace

std::unique_ptr<TrainingStream> make_training_stream(const Config& config, const StimulusSet& set,
                                                     const Splits& splits, std::uint64_t seed) {
  if (config.rng == Rng::reference)
    return std::make_unique<Stream<PythonRandom>>(config, set, splits, PythonRandom(seed), seed);
  return std::make_unique<Stream<Philox>>(config, set, splits, Philox(seed, "nback.data"), seed);
}

std::array<double, kResponses> class_weights(const std::array<std::int64_t, kResponses>& counts) {
  const auto present = kResponses - std::count(counts.begin(), counts.end(), 0);
  double total = 0;
  for (auto count : counts) total += static_cast<double>(count);
  std::array<double, kResponses> weights{};
  for (int c = 0; c < kResponses; ++c)
    if (counts[c] > 0) weights[c] = total / (static_cast<double>(present) * static_cast<double>(counts[c]));
  return weights;
}

Batch batch_of(const std::vector<Sequence>& sequences, std::size_t begin, std::size_t end) {
  return make_batch(std::span(sequences).subspan(begin, end - begin));
}

}  // namespace tsd::nback
