#include "families/ctd/compare/fixed_points/levenberg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tsd/error.hpp"

namespace tsd::compare {

using math::DenseD, math::Form;

namespace {

constexpr int kRowsOfBlock = 16;
constexpr double kFirstDamping = 1e-3;  // of the largest square of a column of A
// A step as small as this, or a q, is rounding: the next one would be its square near a fixed point.
constexpr double kLeastStep = 1e-10, kLeastQ = 1e-30;
constexpr double kMostDamping = 1e20;
constexpr std::int64_t kPatience = 10;
constexpr double kEnough = 0.1;  // part of q that may be left after so many steps

double square(std::span<const double> v) { return std::inner_product(v.begin(), v.end(), v.begin(), 0.0); }

}  // namespace

// r and its derivatives where a row stands.
struct LevenbergMarquardt::Model {
  DenseD x, next, residual, matrix, normal;  // A; A^T A
  std::vector<double> downhill;              // -A^T r
  nn::StateMap<double>::Tape tape;

  void look(const nn::StateMap<double>& dynamics) {
    matrix = dynamics.jacobian(x, 0, tape);
    for (int i = 0; i < matrix.rows; ++i) matrix(i, i) -= 1;
    multiply(matrix, Form::transposed, matrix, Form::plain, normal);
    const DenseD gradient = product(residual, Form::plain, matrix, Form::plain);
    downhill.resize(gradient.size());
    std::ranges::transform(gradient.values, downhill.begin(), std::negate());
  }
};

LevenbergMarquardt::LevenbergMarquardt(const System& system, const DenseD& states, const DenseD& inputs,
                                       double freeze_below)
    : dynamics_(system.smooth_dynamics<double>()),
      freeze_below_(freeze_below),
      x_(states),
      projected_(dynamics_->project(inputs)) {
  const auto n = static_cast<std::size_t>(states.rows);
  q_.assign(n, std::numeric_limits<double>::quiet_NaN());
  dq_ = before_ = q_;
  damping_.assign(n, 0), growth_.assign(n, 2);
  updates_.assign(n, 0), ended_.assign(n, 0);
}

int LevenbergMarquardt::blocks() const { return (x_.rows + kRowsOfBlock - 1) / kRowsOfBlock; }

void LevenbergMarquardt::advance(int block, std::int64_t updates) {
  const int first = block * kRowsOfBlock;
  for (int row = first; row < std::min(first + kRowsOfBlock, x_.rows); ++row)
    if (!ended_[static_cast<std::size_t>(row)]) descend(row, updates);
}

void LevenbergMarquardt::descend(int row, std::int64_t updates) {
  const auto at = static_cast<std::size_t>(row);
  DenseD projected(1, projected_.columns);
  std::copy_n(projected_.row(projected_.rows == 1 ? 0 : row), projected.columns, projected.data());
  Model m;
  m.x = DenseD(1, x_.columns);
  std::copy_n(x_.row(row), x_.columns, m.x.data());
  dynamics_->step(projected, m.x, m.next, m.tape);
  m.residual = m.next;
  for (std::size_t i = 0; i < m.x.size(); ++i) m.residual.values[i] -= m.x.values[i];
  q_[at] = square(m.residual.span(0)) / 2;
  m.look(*dynamics_);
  if (damping_[at] == 0)
    for (int i = 0; i < m.normal.rows; ++i)
      damping_[at] = std::max(damping_[at], kFirstDamping * m.normal(i, i));
  for (std::int64_t k = 0; k < updates && !ended_[at]; ++k)
    ended_[at] = !(q_[at] > std::max(kLeastQ, freeze_below_)) || !step(row, m, projected);
  std::copy_n(m.x.data(), x_.columns, x_.row(row));
}

// False at the end of the way: the step was negligible, or none lowers q.
bool LevenbergMarquardt::step(int row, Model& m, const DenseD& projected) {
  const auto at = static_cast<std::size_t>(row);
  double& mu = damping_[at];
  if (updates_[at] % kPatience == 0) {
    if (q_[at] > kEnough * before_[at]) return false;  // not at the first step: before_ is NaN
    before_[at] = q_[at];
  }
  ++updates_[at];
  const auto refuse = [&] {
    mu *= growth_[at], growth_[at] *= 2;
    return mu < kMostDamping;
  };
  DenseD damped = m.normal;
  for (int i = 0; i < damped.rows; ++i) damped(i, i) += mu;
  std::vector<double> d;
  try {
    d = math::solve_definite(damped, m.downhill);
  } catch (const NumericError&) {
    return refuse();
  }
  DenseD x = m.x, next;
  for (std::size_t i = 0; i < x.size(); ++i) x.values[i] += d[i];
  nn::StateMap<double>::Tape tape;
  dynamics_->step(projected, x, next, tape);
  DenseD residual = next;
  for (std::size_t i = 0; i < x.size(); ++i) residual.values[i] -= x.values[i];
  const double q = square(residual.span(0)) / 2, length = square(d),
               promised = (mu * length + std::inner_product(d.begin(), d.end(), m.downhill.begin(), 0.0)) / 2;
  const bool negligible = std::sqrt(length) <= kLeastStep * (1 + std::sqrt(square(m.x.span(0))));
  if (!(q < q_[at])) return !negligible && refuse();
  dq_[at] = q_[at] - q;
  const double gain = dq_[at] / promised;
  mu *= std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3)), growth_[at] = 2;
  q_[at] = q;
  m.x = std::move(x), m.next = std::move(next), m.residual = std::move(residual), m.tape = std::move(tape);
  m.look(*dynamics_);
  return !negligible;
}

Arrays LevenbergMarquardt::save(const std::string& prefix) const {
  return {
      make_array<double>(prefix + "x", std::span<const double>(x_.data(), x_.size()), {x_.rows, x_.columns}),
      make_array(prefix + "q", q_),
      make_array(prefix + "dq", dq_),
      make_array(prefix + "before", before_),
      make_array(prefix + "damping", damping_),
      make_array(prefix + "growth", growth_),
      make_array(prefix + "updates", updates_),
      make_array(prefix + "ended", ended_)};
}

void LevenbergMarquardt::load(const Arrays& saved, const std::string& prefix) {
  std::ranges::copy(find(saved, prefix + "x").as<double>(), x_.data());
  std::ranges::copy(find(saved, prefix + "q").as<double>(), q_.begin());
  std::ranges::copy(find(saved, prefix + "dq").as<double>(), dq_.begin());
  std::ranges::copy(find(saved, prefix + "before").as<double>(), before_.begin());
  std::ranges::copy(find(saved, prefix + "damping").as<double>(), damping_.begin());
  std::ranges::copy(find(saved, prefix + "growth").as<double>(), growth_.begin());
  std::ranges::copy(find(saved, prefix + "updates").as<std::int64_t>(), updates_.begin());
  std::ranges::copy(find(saved, prefix + "ended").as<std::uint8_t>(), ended_.begin());
}

}  // namespace tsd::compare
