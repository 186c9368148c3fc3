// Which delays and rank? Operators of the recorded network for several: how far each is from doing nothing,
// and how far those of two halves of the same trials are from each other (find_DSA_hps; compare.md
// 7.5.5).
#pragma once
#include <optional>
#include <vector>

#include "families/ctd/compare/reference.hpp"
#include "families/ctd/compare/similarity/delays.hpp"
#include "families/ctd/compare/stage.hpp"
#include "tsd/train/history.hpp"

namespace tsd::compare {

struct SweepRow {
  int rank = 0, n_delays = 0;
  double to_identity = 0, between_halves = 0;  // angular distances over O(n)
  double explained_variance = 0;               // of the embedding, by the rank
};

inline constexpr train::Column<SweepRow> kSweepRows[] = {
    {"rank", "", "", train::kept<0, &SweepRow::rank>, train::Shown::nowhere},  // results: whole numbers
    {"n_delays", "", "", train::kept<1, &SweepRow::n_delays>, train::Shown::nowhere},
    {"to_identity", "rad", "angular distance of the reference's operator to the identity",
     train::kept<2, &SweepRow::to_identity>},
    {"between_halves", "rad", "angular distance between the operators of two halves of its trials",
     train::kept<3, &SweepRow::between_halves>},
    {"explained_variance", "", "part of the embedding's variance within the rank",
     train::kept<4, &SweepRow::explained_variance>},
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
double distance_to_identity(const math::DenseD& a);

}  // namespace tsd::compare
