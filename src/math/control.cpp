#include "tsd/math/control.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tsd/error.hpp"

namespace tsd::math {
namespace {

constexpr double kCut = 1e-14;  // eigenvalues of moments that are rounding
constexpr double kEnergy = 0.999;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

DenseD block(const DenseD& m, int top, int height, int left, int width) {
  DenseD some(height, width);
  for (int i = 0; i < height; ++i) std::copy_n(m.row(top + i) + left, width, some.row(i));
  return some;
}

// Adds v v^T.
void add_square(const std::vector<double>& v, DenseD& sum) {
  for (int i = 0; i < sum.rows; ++i)
    for (int j = 0; j < sum.columns; ++j) sum(i, j) += v[at(i)] * v[at(j)];
}

// m (g + ridge)^-1 for a symmetric g, without directions that are rounding.
DenseD divided(const DenseD& m, const DenseD& g, double ridge) {
  const Symmetric e = symmetric_eigen(g);
  DenseD in_basis = product(m, Form::plain, e.vectors, Form::plain);
  for (int j = 0; j < in_basis.columns; ++j) {
    const double value = e.values[at(j)], factor = value > kCut * e.values[0] ? 1 / (value + ridge) : 0;
    for (int i = 0; i < in_basis.rows; ++i) in_basis(i, j) *= factor;
  }
  return product(in_basis, Form::plain, e.vectors, Form::transposed);
}

std::vector<double> roots(const std::vector<double>& squares) {
  std::vector<double> all;
  for (const double value : squares) all.push_back(std::sqrt(std::max(0.0, value)));
  return all;
}

DenseD leading(const DenseD& vectors, int rank) { return block(vectors, 0, vectors.rows, 0, rank); }

// Steps [first, first + count) of a trial's columns, oldest first.
void append(std::span<const float> values, int columns, int first, int count, std::vector<double>& v) {
  const auto some = values.subspan(at(first * columns), at(count * columns));
  v.insert(v.end(), some.begin(), some.end());
}

double square(const DenseD& a) {
  return std::inner_product(a.values.begin(), a.values.end(), a.values.begin(), 0.0);
}

double between(const DenseD& a, const DenseD& b, bool as_angle) {
  if (as_angle) {
    const double inner = std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0);
    return std::acos(std::clamp(inner / std::sqrt(square(a) * square(b)), -1.0, 1.0));
  }
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += std::pow(a.values[k] - b.values[k], 2);
  return std::sqrt(sum);
}

}  // namespace

LinearSystem dmdc(const std::vector<Driven>& trials, const SystemSettings& settings) {
  const int d = settings.delays, n = trials[0].columns * d, m = trials[0].n_inputs;
  DenseD moments(2 * n + m, 2 * n + m);  // of h, u and h'
  for (const Driven& trial : trials)
    for (int t = d - 1; t + 1 < trial.steps(); ++t) {
      std::vector<double> v;
      for (int k = 0; k < d; ++k) append(trial.outputs, trial.columns, t - k, 1, v);
      append(trial.inputs, m, t, 1, v);
      for (int k = 0; k < d; ++k) append(trial.outputs, trial.columns, t + 1 - k, 1, v);
      add_square(v, moments);
    }
  const DenseD both =
      divided(block(moments, n + m, n, 0, n + m), block(moments, 0, n + m, 0, n + m), settings.ridge);
  const Symmetric e = symmetric_eigen(block(moments, n + m, n, n + m, n));
  const DenseD U = leading(e.vectors, std::min(settings.rank.value_or(n), n));
  const DenseD through = product(U, Form::transposed, both, Form::plain);
  return {product(block(through, 0, through.rows, 0, n), Form::plain, U, Form::plain),
          block(through, 0, through.rows, n, m), roots(e.values)};
}

LinearSystem n4sid(const std::vector<Driven>& trials, const SystemSettings& settings) {
  const int p = settings.delays, m = trials[0].n_inputs, l = trials[0].columns;
  const int n_future = p * m, n_past = p * (m + l), n_out = p * l;
  const auto past = [&](const Driven& trial, int j, std::vector<double>& v) {
    append(trial.inputs, m, j, p, v);
    append(trial.outputs, l, j, p, v);
  };
  DenseD moments(n_future + n_past + n_out, n_future + n_past + n_out);
  for (const Driven& trial : trials)
    for (int j = 0; j < trial.steps() - 2 * p; ++j) {
      std::vector<double> v;
      append(trial.inputs, m, j + p, p, v);
      past(trial, j, v);
      append(trial.outputs, l, j + p, p, v);
      add_square(v, moments);
    }
  // What is left of past and future outputs without the future inputs.
  const DenseD uu = block(moments, 0, n_future, 0, n_future);
  const DenseD rest_u = block(moments, n_future, n_past + n_out, 0, n_future);
  DenseD rest = block(moments, n_future, n_past + n_out, n_future, n_past + n_out);
  const DenseD taken = product(divided(rest_u, uu, 0), Form::plain, rest_u, Form::transposed);
  for (std::size_t k = 0; k < rest.size(); ++k) rest.values[k] -= taken.values[k];
  const DenseD map = divided(block(rest, n_past, n_out, 0, n_past), block(rest, 0, n_past, 0, n_past), 0);
  const DenseD zz = block(moments, n_future, n_past, n_future, n_past);
  const Symmetric e = symmetric_eigen(
      product(product(map, Form::plain, zz, Form::plain), Form::plain, map, Form::transposed));
  LinearSystem system{{}, {}, roots(e.values)};
  const auto known = static_cast<int>(
      std::ranges::count_if(e.values, [&](double v) { return v > 0 && v > kCut * e.values[0]; }));
  if (known == 0 || settings.rank.value_or(1) > known)
    throw NumericError("expected a rank of at most " + std::to_string(known) +
                       ", what the past tells of the outputs, got " +
                       std::to_string(settings.rank.value_or(1)));
  int rank = 0;
  const double total = std::accumulate(e.values.begin(), e.values.end(), 0.0);
  for (double sum = 0; rank < n_out && sum < kEnergy * total; ++rank) sum += e.values[at(rank)];
  rank = std::min(settings.rank.value_or(rank), n_out);
  // X = S^-1/2 U^T O, a map of the past.
  DenseD to_state = product(leading(e.vectors, rank), Form::transposed, map, Form::plain);
  for (int i = 0; i < rank; ++i)
    for (int j = 0; j < n_past; ++j) to_state(i, j) /= std::sqrt(system.singular_values[at(i)]);
  DenseD steps(2 * rank + m, 2 * rank + m);  // of x, u and x'
  for (const Driven& trial : trials) {
    std::vector<double> before;
    for (int j = 0; j < trial.steps() - 2 * p; ++j) {
      std::vector<double> z, x(at(rank));
      past(trial, j, z);
      for (int i = 0; i < rank; ++i) x[at(i)] = std::inner_product(z.begin(), z.end(), to_state.row(i), 0.0);
      if (j > 0) {
        std::vector<double> v = before;
        append(trial.inputs, m, j - 1 + p, 1, v);
        v.insert(v.end(), x.begin(), x.end());
        add_square(v, steps);
      }
      before = std::move(x);
    }
  }
  const DenseD both = divided(block(steps, rank + m, rank, 0, rank + m),
                              block(steps, 0, rank + m, 0, rank + m), settings.ridge);
  system.A = block(both, 0, rank, 0, rank), system.B = block(both, 0, rank, rank, m);
  return system;
}

DenseD controllability(const LinearSystem& s) {
  const int n = s.A.rows, m = s.B.columns;
  DenseD all(n, m * (2 * n - 1)), forward = s.B, backward = s.B;
  const auto put = [&](const DenseD& part, std::ptrdiff_t place) {
    for (int i = 0; i < n; ++i) std::copy_n(part.row(i), m, all.row(i) + place * m);
  };
  put(s.B, 0);
  for (std::ptrdiff_t k = 1; k < n; ++k) {
    forward = product(s.A, Form::plain, forward, Form::plain);
    backward = product(s.A, Form::transposed, backward, Form::plain);
    put(forward, 2 * k - 1), put(backward, 2 * k);
  }
  return all_finite(all.values) ? all : DenseD();
}

SystemDistance distance(const LinearSystem& a, const LinearSystem& b, bool as_angles) {
  return distance(a, controllability(a), b, controllability(b), as_angles);
}

SystemDistance distance(const LinearSystem& a, const DenseD& K1, const LinearSystem& b, const DenseD& K2,
                        bool as_angles) {
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  constexpr SystemDistance kNone{kUndefined, kUndefined, kUndefined, kUndefined};
  if (K1.size() == 0 || K2.size() == 0) return kNone;
  const DenseD both = product(K2, Form::plain, K1, Form::transposed);
  if (!all_finite(both.values)) return kNone;
  const Svd s = svd(both);
  const DenseD C = product(s.u, Form::plain, s.vt, Form::plain);
  const DenseD turned = product(product(C, Form::plain, a.A, Form::plain), Form::plain, C, Form::transposed);
  return {between(turned, b.A, as_angles), between(product(C, Form::plain, a.B, Form::plain), b.B, as_angles),
          between(K1, product(C, Form::transposed, K2, Form::plain), as_angles),
          between(K1, product(C, Form::plain, K2, Form::plain), as_angles)};
}

}  // namespace tsd::math
