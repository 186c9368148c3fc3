#include "families/ctd/compare/fixed_points/fixed_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "families/ctd/compare/similarity/similarity.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/error.hpp"
#include "tsd/math/transport.hpp"

namespace tsd::compare {

using math::DenseD, math::Form;

namespace {

constexpr std::size_t kPointsAtOnce = 8;

double q_of(const DenseD& next, const DenseD& x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += std::pow(next.values[i] - x.values[i], 2);
  return sum / 2;
}

DenseD row(const DenseD& all, int i) {
  DenseD one(1, all.columns);
  std::copy_n(all.row(i), all.columns, one.data());
  return one;
}

class Analyst {
 public:
  Analyst(const System& system, const FixedPointSettings& settings, FixedPoints& points)
      : dynamics_(system.dynamics<double>()), settings_(settings), points_(points) {}

  void look_at(int i) {
    const DenseD projected = dynamics_->project(row(points_.inputs, i));
    DenseD x = row(points_.x, i), next;
    dynamics_->step(projected, x, next, tape_);
    double q = q_of(next, x);
    for (int k = 0; k < settings_.newton_steps && q > 0; ++k)
      if (!descend(projected, x, next, q)) break;
    std::copy_n(x.data(), x.columns, points_.x.row(i));
    points_.q[static_cast<std::size_t>(i)] = q;
    spectrum(i, dynamics_->jacobian(x, 0, tape_));
  }

 private:
  using Tape = nn::StateMap<double>::Tape;

  // A Newton step x - (J - I)^-1 (F - x), halved until it lowers q: its direction is one of descent. False
  // where it finds nothing lower.
  bool descend(const DenseD& projected, DenseD& x, DenseD& next, double& q) {
    DenseD J = dynamics_->jacobian(x, 0, tape_), residual = next, step;
    for (int i = 0; i < J.rows; ++i) J(i, i) -= 1;
    for (std::size_t i = 0; i < x.size(); ++i) residual.values[i] -= x.values[i];
    try {
      step = product(residual, Form::plain, math::inverse(J), Form::transposed);
    } catch (const NumericError&) {
      return false;
    }
    constexpr double kSmallest = 0x1p-20;
    for (double part = 1; part > kSmallest; part /= 2) {
      DenseD closer = x, after;
      for (std::size_t i = 0; i < x.size(); ++i) closer.values[i] -= part * step.values[i];
      Tape tape;
      dynamics_->step(projected, closer, after, tape);
      const double lower = q_of(after, closer);
      if (!(lower < q)) continue;
      x = std::move(closer), next = std::move(after), q = lower, tape_ = std::move(tape);
      return true;
    }
    return false;
  }

  void spectrum(int i, const DenseD& J) {
    const auto at = static_cast<std::size_t>(i), D = static_cast<std::size_t>(J.rows);
    const math::Spectrum s = math::eigen(J, settings_.jacobians);
    std::ranges::copy(s.values, points_.eigenvalues.begin() + static_cast<std::ptrdiff_t>(at * D));
    points_.n_unstable[at] = std::ranges::count_if(s.values, [](const auto& z) { return std::abs(z) > 1; });
    if (!settings_.jacobians) return;
    std::ranges::copy(s.vectors, points_.eigenvectors.begin() + static_cast<std::ptrdiff_t>(at * D * D));
    std::ranges::transform(J.values, points_.jacobians.begin() + static_cast<std::ptrdiff_t>(at * D * D),
                           [](double value) { return static_cast<float>(value); });
  }

  std::unique_ptr<nn::StateMap<double>> dynamics_;
  const FixedPointSettings& settings_;
  FixedPoints& points_;
  Tape tape_;
};

// Of rows of x and of u together.
double distance(const FixedPoints& p, int i, int k) {
  double sum = 0;
  for (int j = 0; j < p.x.columns; ++j) sum += std::pow(p.x(i, j) - p.x(k, j), 2);
  for (int j = 0; j < p.inputs.columns; ++j) sum += std::pow(p.inputs(i, j) - p.inputs(k, j), 2);
  return std::sqrt(sum);
}

std::vector<std::int64_t> that_stand_for_themselves(const std::vector<std::int64_t>& stands) {
  std::vector<std::int64_t> some;
  for (std::size_t i = 0; i < stands.size(); ++i)
    if (stands[i] == static_cast<std::int64_t>(i)) some.push_back(stands[i]);
  return some;
}

}  // namespace

std::vector<std::int64_t> FixedPoints::kept() const { return that_stand_for_themselves(unique); }
std::vector<std::int64_t> FixedPoints::kept_slow() const { return that_stand_for_themselves(slow); }

double time_constant(std::complex<double> eigenvalue) {
  const double rate = -std::log(std::abs(eigenvalue));
  return rate == 0 ? std::numeric_limits<double>::infinity() : 1 / rate;
}

double frequency(std::complex<double> eigenvalue) {
  return std::abs(std::arg(eigenvalue)) / (2 * std::numbers::pi);
}

std::vector<std::int64_t> unique_points(const FixedPoints& p, double q_thresh, double tolerance,
                                        double more_than) {
  const int n = p.x.rows;
  std::vector<std::int64_t> stands(static_cast<std::size_t>(n), -1);
  std::vector<int> open;
  for (int i = 0; i < n; ++i)
    if (const double q = p.q[static_cast<std::size_t>(i)]; q > more_than && q <= q_thresh) open.push_back(i);
  while (!open.empty()) {
    std::vector<int> near, far;
    for (const int k : open) (distance(p, open[0], k) <= tolerance ? near : far).push_back(k);
    const int best =
        *std::ranges::min_element(near, {}, [&](int k) { return p.q[static_cast<std::size_t>(k)]; });
    for (const int k : near) stands[static_cast<std::size_t>(k)] = best;
    open = std::move(far);
  }
  return stands;
}

FixedPoints analyse(const System& system, DenseD x, const DenseD& inputs, const FixedPointSettings& settings,
                    int threads) {
  FixedPoints p;
  const auto n = static_cast<std::size_t>(x.rows), D = static_cast<std::size_t>(x.columns);
  p.x = std::move(x);
  p.inputs = DenseD(p.x.rows, inputs.columns);
  for (int i = 0; i < p.x.rows; ++i)
    std::copy_n(inputs.row(inputs.rows == 1 ? 0 : i), inputs.columns, p.inputs.row(i));
  p.q.resize(n), p.n_unstable.resize(n), p.eigenvalues.resize(n * D);
  if (settings.jacobians) p.jacobians.resize(n * D * D), p.eigenvectors.resize(n * D * D);
  parallel_for((n + kPointsAtOnce - 1) / kPointsAtOnce, threads, [&](std::size_t task) {
    math::use_threads(1);
    Analyst analyst(system, settings, p);
    for (std::size_t i = task * kPointsAtOnce; i < std::min(n, (task + 1) * kPointsAtOnce); ++i)
      analyst.look_at(static_cast<int>(i));
  });
  math::use_threads(threads);
  p.unique = unique_points(p, settings.q_thresh, settings.unique_tol);
  p.slow = unique_points(p, settings.slow_thresh, settings.unique_tol, settings.q_thresh);
  return p;
}

namespace {

std::vector<std::complex<double>> leading(const FixedPoints& p, std::int64_t i, int count) {
  const auto first = p.eigenvalues.begin() + i * p.x.columns;
  return {first, first + count};
}

}  // namespace

Match match(const FixedPoints& model, const Alignment& alignment, const FixedPoints& reference,
            const Components& components) {
  const auto places = reference.kept();
  DenseD there(static_cast<int>(places.size()), reference.x.columns);
  for (int k = 0; k < there.rows; ++k)
    for (int j = 0; j < there.columns; ++j)
      there(k, j) = reference.x(static_cast<int>(places[static_cast<std::size_t>(k)]), j) -
                    components.mean[static_cast<std::size_t>(j)];
  there = product(there, Form::plain, components.directions, Form::transposed);
  Match m;
  for (const std::int64_t i : model.kept()) {
    if (there.rows == 0) break;
    const DenseD mapped =
        product(row(model.x, static_cast<int>(i)), Form::plain, alignment.coefficients, Form::transposed);
    std::vector<double> distances;
    for (int k = 0; k < there.rows; ++k) {
      double sum = 0;
      for (int j = 0; j < there.columns; ++j)
        sum += std::pow(mapped(0, j) + alignment.intercept[static_cast<std::size_t>(j)] - there(k, j), 2);
      distances.push_back(std::sqrt(sum));
    }
    const auto nearest = std::ranges::min_element(distances) - distances.begin();
    const std::int64_t r = places[static_cast<std::size_t>(nearest)];
    m.point.push_back(i);
    m.reference.push_back(r);
    m.distance.push_back(distances[static_cast<std::size_t>(nearest)]);
    const int shared = std::min(model.x.columns, reference.x.columns);
    m.spectrum.push_back(math::transport_cost(leading(model, i, shared), leading(reference, r, shared)));
    m.same_index.push_back(model.n_unstable[static_cast<std::size_t>(i)] ==
                           reference.n_unstable[static_cast<std::size_t>(r)]);
  }
  return m;
}

}  // namespace tsd::compare
