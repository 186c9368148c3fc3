// Which delays and rank? Operators of the recorded network for several: how far each is from doing nothing,
// and how far those of two halves of the same trials are from each other (find_DSA_hps; compare.md
// 7.5.5).
#pragma once
#include <optional>
#include <vector>

#include "families/compare/delays.hpp"
#include "families/compare/reference.hpp"
#include "families/compare/stage.hpp"

namespace tsd::compare {

struct SweepRow {
  int rank = 0, n_delays = 0;
  double to_identity = 0, between_halves = 0;  // angular distances over O(n)
  double explained_variance = 0;               // of the embedding, by the rank
};

class DsaSweep final : public Stage {
 public:
  // ConfigError where the trials don't suffice for one of the settings, with a remedy.
  DsaSweep(const DsaSettings& settings, const Reference& reference, std::uint64_t seed, int threads);

  std::int64_t steps() const override;
  void step(std::int64_t i) override;
  Arrays state() const override;
  void restore(const Arrays& state, std::int64_t done) override;

  const std::vector<SweepRow>& rows() const { return rows_; }
  // The setting whose halves differ least, as a part of its distance from the identity.
  std::size_t suggested() const;

 private:
  DsaSettings setting(std::int64_t i) const;
  std::int64_t kept() const;
  double between(const Operator& a, const Operator& b, const std::string& stream) const;

  const DsaSettings& settings_;
  const Reference& reference_;
  std::uint64_t seed_;
  int threads_;
  std::vector<SweepRow> rows_;
};

// Angular distance of an operator to the identity; every change of basis leaves that alone.
double distance_to_identity(const nn::DenseD& a);

}  // namespace tsd::compare
