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
  // ConfigError where trials are too short or too few, or the rank is too large, with a remedy.
  InputDsaStage(const InputDsaSettings& settings, const Reference& reference,
                const std::vector<Model>& models);

  std::int64_t steps() const override { return static_cast<std::int64_t>(models_.size()) + 1; }
  void step(std::int64_t i) override;
  Arrays state() const override { return {}; }
  void restore(const Arrays& state, std::int64_t done) override;

  const std::vector<math::LinearSystem>& systems() const { return systems_; }
  // NaN for systems of other states or inputs, or that grow beyond all numbers.
  std::vector<std::vector<math::SystemDistance>> distances() const;

 private:
  void add(const std::string& name, const Courses& courses);
  math::LinearSystem fit(const Courses& courses) const;
  std::int64_t trials() const;  // of validation, that systems are fitted to
  void check(const std::string& name, int units, int inputs) const;

  const InputDsaSettings& settings_;
  const Reference& reference_;
  const std::vector<Model>& models_;
  std::vector<math::LinearSystem> systems_;
  std::vector<math::DenseD> reached_;  // their controllability
};

}  // namespace tsd::compare
