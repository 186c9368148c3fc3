// Dynamical similarity with inputs: linear systems x' = A x + B u of all models, u what drives them (the network's
// inputs; a model's inferred and external ones), and distances of all pairs (compare.md 7.5.6).
#pragma once
#include <vector>

#include "families/ctd/compare/fixed_points/starts.hpp"
#include "families/ctd/compare/stage.hpp"
#include "tsd/math/control.hpp"

namespace tsd::compare {

class InputDsaStage final : public Stage {
 public:
  // ConfigError where trials are too short or the rank is too large, with a remedy.
  InputDsaStage(const InputDsaSettings& settings, const Reference& reference,
                const std::vector<Model>& models);

  std::int64_t steps() const override { return static_cast<std::int64_t>(models_.size()) + 1; }
  void step(std::int64_t i) override;
  Arrays state() const override { return {}; }
  void restore(const Arrays& state, std::int64_t done) override;

  const std::vector<math::LinearSystem>& systems() const { return systems_; }
  // NaN for systems of other states or inputs.
  std::vector<std::vector<math::SystemDistance>> distances() const;

 private:
  math::LinearSystem fit(const Courses& courses) const;
  void check(const std::string& name, int units) const;

  const InputDsaSettings& settings_;
  const Reference& reference_;
  const std::vector<Model>& models_;
  std::vector<math::LinearSystem> systems_;
};

}  // namespace tsd::compare
