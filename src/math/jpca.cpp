#include "tsd/math/jpca.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

namespace tsd::math {
namespace {

constexpr double kCut = 1e-14;  // part of the largest variance that is rounding

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Columns over their ranges; less the conditions' mean at each step, or less their own.
DenseD prepared(const Conditions& data, const JpcaSettings& settings) {
  const int rows = data.count() * data.steps;
  DenseD x(rows, data.columns);
  std::ranges::copy(data.values, x.values.begin());
  for (int j = 0; j < x.columns; ++j) {
    double low = x(0, j), high = low;
    for (int i = 0; i < rows; ++i) low = std::min(low, x(i, j)), high = std::max(high, x(i, j));
    const double scale = high - low + settings.softening;
    for (int i = 0; i < rows; ++i) x(i, j) /= scale > 0 ? scale : 1;
    for (int t = 0; settings.less_mean && t < data.steps; ++t) {
      double mean = 0;
      for (int i = t; i < rows; i += data.steps) mean += x(i, j) / data.count();
      for (int i = t; i < rows; i += data.steps) x(i, j) -= mean;
    }
    double mean = 0;
    for (int i = 0; i < rows; ++i) mean += x(i, j) / rows;
    for (int i = 0; i < rows; ++i) x(i, j) -= mean;
  }
  return x;
}

// All steps but the last of each condition, or what changes until the next.
DenseD steps_of(const DenseD& x, int steps, bool changes) {
  DenseD some(x.rows / steps * (steps - 1), x.columns);
  for (int i = 0, to = 0; i < x.rows; ++i)
    if (i % steps != steps - 1) {
      for (int j = 0; j < x.columns; ++j) some(to, j) = changes ? x(i + 1, j) - x(i, j) : x(i, j);
      ++to;
    }
  return some;
}

double square(const DenseD& a) {
  return std::inner_product(a.values.begin(), a.values.end(), a.values.begin(), 0.0);
}

double explained(const DenseD& x, const DenseD& dx, const DenseD& m) {
  DenseD rest = product(x, Form::plain, m, Form::transposed);
  for (std::size_t k = 0; k < rest.size(); ++k) rest.values[k] = dx.values[k] - rest.values[k];
  return 1 - square(rest) / square(dx);
}

// G M + M G = K - K^T, in the basis of G's eigenvectors.
DenseD skew_fit(const DenseD& G, const DenseD& K) {
  const Symmetric e = symmetric_eigen(G);
  DenseD right = K;
  for (int i = 0; i < K.rows; ++i)
    for (int j = 0; j < K.columns; ++j) right(i, j) = K(i, j) - K(j, i);
  DenseD m =
      product(product(e.vectors, Form::transposed, right, Form::plain), Form::plain, e.vectors, Form::plain);
  for (int i = 0; i < m.rows; ++i)
    for (int j = 0; j < m.columns; ++j) {
      const double sum = e.values[at(i)] + e.values[at(j)];
      m(i, j) = sum > kCut * e.values[0] ? m(i, j) / sum : 0;
    }
  return product(product(e.vectors, Form::plain, m, Form::plain), Form::plain, e.vectors, Form::transposed);
}

// Real and imaginary part of each pair of eigenvectors; the largest entry of the first row is positive. Slower turns than
// `least` are rounding.
void find_planes(double least, Jpca& result) {
  const Spectrum s = eigen(result.skew, true);
  const int n = result.skew.rows;
  std::vector<double> rows;
  for (int k = 0; k < n; ++k) {
    if (!(s.values[at(k)].imag() > least)) continue;
    result.frequency.push_back(s.values[at(k)].imag());
    double largest = 0;
    for (int i = 0; i < n; ++i)
      if (const double v = s.vectors[at(i * n + k)].real(); std::abs(v) > std::abs(largest)) largest = v;
    const double sign = largest < 0 ? -std::sqrt(2.0) : std::sqrt(2.0);
    for (int i = 0; i < n; ++i) rows.push_back(sign * s.vectors[at(i * n + k)].real());
    for (int i = 0; i < n; ++i) rows.push_back(sign * s.vectors[at(i * n + k)].imag());
  }
  result.planes = DenseD(2 * static_cast<int>(result.frequency.size()), n);
  std::ranges::copy(rows, result.planes.data());
}

}  // namespace

Jpca jpca(const Conditions& data, const JpcaSettings& settings) {
  const DenseD x = prepared(data, settings);
  const Symmetric e = symmetric_eigen(product(x, Form::transposed, x, Form::plain));
  const int k = std::min(settings.components, x.columns);
  DenseD directions(x.columns, k);
  for (int i = 0; i < x.columns; ++i) std::copy_n(e.vectors.row(i), k, directions.row(i));
  Jpca result;
  const double total = std::accumulate(e.values.begin(), e.values.end(), 0.0);
  for (int i = 0; i < k; ++i) result.variance_ratio.push_back(e.values[at(i)] / total);
  const DenseD states = product(x, Form::plain, directions, Form::plain);
  const DenseD before = steps_of(states, data.steps, false), change = steps_of(states, data.steps, true);
  const DenseD G = product(before, Form::transposed, before, Form::plain),
               K = product(change, Form::transposed, before, Form::plain);
  result.skew = skew_fit(G, K);
  result.r2 = explained(before, change, result.skew);
  const DenseD free = solve_semidefinite(G, product(before, Form::transposed, change, Form::plain), kCut);
  DenseD transposed(free.columns, free.rows);
  for (int i = 0; i < free.rows; ++i)
    for (int j = 0; j < free.columns; ++j) transposed(j, i) = free(i, j);
  result.r2_free = explained(before, change, transposed);
  find_planes(kCut * std::sqrt(square(change) / square(before)), result);
  result.projected = product(states, Form::plain, result.planes, Form::transposed);
  for (int p = 0; p < result.planes.rows / 2; ++p) {
    double sum = 0;
    for (int i = 0; i < result.projected.rows; ++i)
      sum += std::pow(result.projected(i, 2 * p), 2) + std::pow(result.projected(i, 2 * p + 1), 2);
    result.plane_variance.push_back(sum / square(states));
  }
  return result;
}

}  // namespace tsd::math
