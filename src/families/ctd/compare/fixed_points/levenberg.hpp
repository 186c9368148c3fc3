// Levenberg and Marquardt's way to least squares (Nielsen's damping: Madsen, Nielsen & Tingleff 2004, Methods for
// non-linear least squares problems, 3.2), from each state on its own, in double precision: a step
//   d = -(A^T A + mu I)^-1 A^T r,   A = J - I,   r = F(u, x) - x
// is taken where it lowers q = |r|^2 / 2. Near a fixed point it is Newton's, near a slow point one of descent, which
// ends where ten steps don't lower q tenfold.
#pragma once
#include <memory>

#include "families/ctd/compare/fixed_points/finder.hpp"
#include "families/ctd/compare/fixed_points/system.hpp"

namespace tsd::compare {

class LevenbergMarquardt final : public Finder {
 public:
  // Inputs: one row for all, or one for each state. A state with q below freeze_below stays.
  LevenbergMarquardt(const System& system, const math::DenseD& states, const math::DenseD& inputs,
                     double freeze_below = 0);

  int blocks() const override;
  void advance(int block, std::int64_t updates) override;
  math::DenseD ends() const override { return x_; }
  std::vector<double> q() const override { return q_; }
  std::vector<double> dq() const override { return dq_; }
  std::vector<std::int64_t> updates() const override { return updates_; }
  Arrays save(const std::string& prefix) const override;
  void load(const Arrays& saved, const std::string& prefix) override;

 private:
  struct Model;
  void descend(int row, std::int64_t updates);
  bool step(int row, Model& model, const math::DenseD& projected);

  std::unique_ptr<nn::StateMap<double>> dynamics_;
  double freeze_below_;
  math::DenseD x_, projected_;
  std::vector<double> q_, dq_;
  std::vector<double> damping_, growth_;  // mu, and its factor at the next step that is refused
  std::vector<double> before_;            // q ten steps ago, or less
  std::vector<std::int64_t> updates_;
  std::vector<std::uint8_t> ended_;
};

}  // namespace tsd::compare
