// Operators of all models and the distances of all pairs, optimised side by side.
#pragma once
#include <vector>

#include "families/ctd/compare/models.hpp"
#include "families/ctd/compare/similarity/delays.hpp"
#include "families/ctd/compare/similarity/similarity.hpp"
#include "families/ctd/compare/stage.hpp"

namespace tsd::compare {

class DsaStage final : public Stage {
 public:
  // DataError where the delays, the rank or the trials don't suffice, naming model and remedy.
  DsaStage(const DsaSettings& settings, const Reference& reference, const std::vector<Model>& models,
           std::uint64_t seed, int threads);

  std::int64_t steps() const override;
  void step(std::int64_t i) override;
  Arrays state() const override;
  void restore(const Arrays& state, std::int64_t done) override;

  // Of reference and models; once all steps are done.
  const std::vector<Operator>& operators() const { return operators_; }
  double distance_to_reference(int model) const;
  math::DenseD distances() const;  // [M, M], symmetric
  math::DenseD losses() const;     // [M, M], of the optimisations that count; NaN without
  math::DenseD basis_to_reference(int model) const;
  math::DenseD permuted() const;       // [M, permutations], of the reference to shuffled models
  double split_half() const;           // between the halves of the reference's trials
  math::DenseD across_halves() const;  // [M, 4], of halves of the reference to halves of models
  math::DenseD of_restarts() const;    // [M, restarts], to the reference
  bool optimises() const { return optimises_; }

 private:
  struct Pair {
    // Of the models themselves; of halves of a's trials; of half (kAcross - permutation) / 2 of a, % 2 of b.
    static constexpr int kNone = -1, kHalves = -2, kAcross = -3;
    int a, b;
    int permutation;  // of b, or one of these
    math::DenseD A, B;
    std::vector<BasisSearch> searches;  // restarts, each plain and, for O(n), with swapped coordinates
  };
  std::int64_t n_operators() const;
  std::int64_t chunks() const;
  void fit(std::int64_t k);
  void pair_up();
  void begin_searches();
  void advance();
  double distance(const Pair& pair) const;
  double distance(const Pair& pair, std::size_t search) const;
  // Of the best search; of one restart.
  std::size_t best(const Pair& pair) const;
  std::size_t best(const Pair& pair, std::size_t restart) const;
  math::DenseD basis(const Pair& pair, std::size_t search) const;

  const DsaSettings& settings_;
  const Reference& reference_;
  const std::vector<Model>& models_;
  std::uint64_t seed_;
  int threads_;
  bool optimises_ = true;
  std::int64_t updates_ = 0;
  std::vector<Operator> operators_, shuffled_;  // shuffled: model by model, permutations of each
  std::vector<Operator> halves_;                // of the reference, then of models if asked for
  std::vector<Pair> pairs_;
};

}  // namespace tsd::compare
