// Random N-back sequences. nback.md 2.4.
//
// With PythonRandom the draws are those of the reference, draw for draw: choice() over candidate lists in the
// order of the stimulus set. The lists are made once per property value instead of being scanned for at every
// step.
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include "families/nback/data/task.hpp"

namespace tsd::nback {

// PythonRandom (`rng: reference`) and Philox (`rng: fast`).
template <class R>
concept RandomSource = requires(R r, std::uint64_t n) {
  { r.random() } -> std::convertible_to<double>;         // [0, 1)
  { r.below(n) } -> std::convertible_to<std::uint64_t>;  // [0, n)
};

// What a data set mixes, uniformly.
struct TaskMix {
  std::vector<int> n_values = {2};
  std::vector<Property> features = {Property::category};
  int L = 6;
  double match_probability = 0.5;
};

class SequenceGenerator {
 public:
  // pool: indices into set.stimuli, ascending (a split, or all of them).
  SequenceGenerator(const StimulusSet& set, std::span<const std::int32_t> pool);

  // One sequence into stimulus[L], target[L]. Steps t < n are uniform over the pool and need no action; later
  // ones match the stimulus n back in `feature` with the given probability.
  template <RandomSource R>
  void draw(R& rng, Property feature, int n, double match_probability, std::span<std::int32_t> stimulus,
            std::span<std::uint8_t> target) const;

  template <RandomSource R>
  Sequence draw(R& rng, Property feature, int n, int L, double match_probability) const;
  // n, then the feature, then the sequence.
  template <RandomSource R>
  Sequence draw(R& rng, const TaskMix& mix) const;
  // B of the above, without allocation where `batch` has that size already.
  template <RandomSource R>
  void draw(R& rng, const TaskMix& mix, int B, Batch& batch) const;

 private:
  using Candidates = std::vector<std::int32_t>;
  struct Lists {                      // of one property
    std::vector<std::int32_t> value;  // [S], of each stimulus of the set
    std::vector<Candidates> same;     // [values]
    std::vector<Candidates> other;    // [values], the complement within the pool
  };

  template <RandomSource R>
  static std::int32_t choice(R& rng, const Candidates& candidates) {
    return candidates[rng.below(candidates.size())];
  }

  Candidates pool_;
  std::array<Lists, 3> lists_;  // by Property
};

template <RandomSource R>
void SequenceGenerator::draw(R& rng, Property feature, int n, double match_probability,
                             std::span<std::int32_t> stimulus, std::span<std::uint8_t> target) const {
  const Lists& lists = lists_[static_cast<int>(feature)];
  for (std::size_t t = 0; t < stimulus.size(); ++t) {
    if (t < static_cast<std::size_t>(n)) {
      stimulus[t] = choice(rng, pool_);
      target[t] = static_cast<std::uint8_t>(Response::no_action);
      continue;
    }
    const std::int32_t value = lists.value[stimulus[t - n]];
    const bool match = rng.random() < match_probability;
    stimulus[t] = choice(rng, match ? lists.same[value] : lists.other[value]);
    target[t] = static_cast<std::uint8_t>(match ? Response::match : Response::non_match);
  }
}

template <RandomSource R>
Sequence SequenceGenerator::draw(R& rng, Property feature, int n, int L, double match_probability) const {
  Sequence sequence{feature, n, std::vector<std::int32_t>(L), std::vector<std::uint8_t>(L)};
  draw(rng, feature, n, match_probability, sequence.stimulus, sequence.target);
  return sequence;
}

template <RandomSource R>
Sequence SequenceGenerator::draw(R& rng, const TaskMix& mix) const {
  const int n = mix.n_values[rng.below(mix.n_values.size())];
  const Property feature = mix.features[rng.below(mix.features.size())];
  return draw(rng, feature, n, mix.L, mix.match_probability);
}

template <RandomSource R>
void SequenceGenerator::draw(R& rng, const TaskMix& mix, int B, Batch& batch) const {
  const std::size_t L = mix.L;
  batch.B = B;
  batch.L = mix.L;
  batch.stimulus.resize(B * L);
  batch.target.resize(B * L);
  batch.feature.resize(B);
  batch.n.resize(B);
  for (int b = 0; b < B; ++b) {
    const int n = mix.n_values[rng.below(mix.n_values.size())];
    const Property feature = mix.features[rng.below(mix.features.size())];
    batch.n[b] = static_cast<std::uint8_t>(n);
    batch.feature[b] = static_cast<std::uint8_t>(feature);
    draw(rng, feature, n, mix.match_probability, std::span(batch.stimulus).subspan(b * L, L),
         std::span(batch.target).subspan(b * L, L));
  }
}

}  // namespace tsd::nback
