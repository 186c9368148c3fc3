#include "families/nback/analysis/measures/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>

namespace tsd::nback {

using math::Form;

namespace {

double squared(std::span<const double> row) {
  return std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
}

Dense scaled_columns(Dense m, const std::vector<double>& factors) {
  for (int i = 0; i < m.rows; ++i)
    for (int j = 0; j < m.columns; ++j) m(i, j) *= factors[j];
  return m;
}

Dense first_columns(const Dense& m, int count) {
  Dense part(m.rows, count);
  for (int i = 0; i < m.rows; ++i) std::copy_n(m.span(i).begin(), count, part.span(i).begin());
  return part;
}

Dense gaussian(int rows, int columns, Philox& rng) {
  Dense m(rows, columns);
  for (double& value : m.values) value = rng.normal();
  return m;
}

}  // namespace

Dense cosines(const Dense& normals) { return product(normals, Form::plain, normals, Form::transposed); }

double orthogonalization(const Dense& normals) {
  const int K = normals.rows;
  if (K < 2) return 0;
  const Dense cosine = cosines(normals);
  double sum = 0;
  for (int i = 0; i < K; ++i)
    for (int j = i + 1; j < K; ++j) sum += std::abs(cosine(i, j));
  return 1 - sum / (K * (K - 1) / 2.0);
}

double random_orthogonalization(int d) {  // E|cos| = Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2))
  return 1 - std::exp(std::lgamma(d / 2.0) - std::lgamma((d + 1) / 2.0)) / std::sqrt(std::numbers::pi);
}

double simplex_orthogonalization(int K) { return 1 - 1.0 / (K - 1); }

Dense random_directions(int K, int d, Philox& rng) { return unit_rows(gaussian(K, d, rng)); }

Dense unit_rows(Dense rows) {
  for (int i = 0; i < rows.rows; ++i) {
    const double norm = std::sqrt(squared(rows.span(i)));
    if (norm > 0)
      for (double& value : rows.span(i)) value /= norm;
  }
  return rows;
}

// from^T to has no more than K singular values that are not 0. With from = U_a S_a V_a^T and
// to = U_b S_b V_b^T they are those of the small matrix S_a U_a^T U_b S_b.
Alignment::Alignment(const Dense& from, const Dense& to) {
  const math::Svd a = math::svd(from), b = math::svd(to);
  const Dense small =
      product(scaled_columns(a.u, a.s), Form::transposed, scaled_columns(b.u, b.s), Form::plain);
  const math::Svd middle = math::svd(small);
  singular_values_ = middle.s;
  int rank = 0;
  for (double s : middle.s) rank += s > 1e-9 * middle.s.front();
  left_ = product(a.vt, Form::transposed, first_columns(middle.u, rank), Form::plain);
  Dense right(b.vt.rows, rank);
  for (int i = 0; i < right.rows; ++i)
    for (int r = 0; r < rank; ++r) right(i, r) = middle.vt(r, i);
  right_ = product(b.vt, Form::transposed, right, Form::plain);
  fix_signs();
  residual_ = squared(from.values) + squared(to.values) - 2 * nuclear_norm();
}

// Of two columns that belong together the sign is free; random() must not depend on how it came out.
void Alignment::fix_signs() {
  for (int r = 0; r < rank(); ++r) {
    int largest = 0;
    for (int i = 0; i < left_.rows; ++i)
      if (std::abs(left_(i, r)) > std::abs(left_(largest, r))) largest = i;
    if (left_(largest, r) > 0) continue;
    for (int i = 0; i < left_.rows; ++i) left_(i, r) = -left_(i, r);
    for (int i = 0; i < right_.rows; ++i) right_(i, r) = -right_(i, r);
  }
}

double Alignment::nuclear_norm() const {
  return std::accumulate(singular_values_.begin(), singular_values_.end(), 0.0);
}

Dense Alignment::operator()(const Dense& rows) const {
  return product(inside(rows), Form::plain, right_, Form::transposed);
}

Dense Alignment::inside(const Dense& rows) const { return product(rows, Form::plain, left_, Form::plain); }

Dense Alignment::seen_from_inside(const Dense& points) const {
  return product(points, Form::plain, right_, Form::plain);
}

Dense Alignment::random(Philox& rng) const {
  const math::Svd any = math::svd(gaussian(rank(), rank(), rng));
  return product(any.u, Form::plain, any.vt, Form::plain);
}

std::vector<int> nearest(const Dense& x, const Dense& weights, const std::vector<int>& classes) {
  const Dense score = product(x, Form::plain, weights, Form::transposed);
  std::vector<int> found;
  for (int i = 0; i < x.rows; ++i) {
    const auto row = score.span(i);
    found.push_back(classes[std::max_element(row.begin(), row.end()) - row.begin()]);
  }
  return found;
}

double mean_norm(const Dense& x) {
  double sum = 0;
  for (int i = 0; i < x.rows; ++i) sum += std::sqrt(squared(x.span(i)));
  return sum / x.rows;
}

Dense columns_centred(const Dense& x) {
  std::vector<double> mean(x.columns);
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k) mean[k] += x(i, k) / x.rows;
  Dense centred = x;
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k) centred(i, k) -= mean[k];
  return centred;
}

double participation_ratio(const Dense& x) {
  const Dense centred = columns_centred(x);
  const Dense covariance = product(centred, Form::transposed, centred, Form::plain);
  double trace = 0;
  for (int k = 0; k < x.columns; ++k) trace += covariance(k, k);
  return trace * trace / squared(covariance.values);
}

double sparsity(const Dense& x, double threshold) {
  std::vector<double> largest(x.columns);
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k) largest[k] = std::max(largest[k], std::abs(x(i, k)));
  for (double& value : largest) value = value > 0 ? value : 1;
  double count = 0;
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k) count += std::abs(x(i, k)) < threshold * largest[k];
  return count / static_cast<double>(x.values.size());
}

double gini(const Dense& x) {
  std::vector<double> size;
  for (double value : x.values) size.push_back(std::abs(value));
  std::sort(size.begin(), size.end());
  double running = 0, sum = 0;
  for (double value : size) sum += running += value;
  const auto n = static_cast<double>(size.size());
  return (n + 1 - 2 * sum / running) / n;
}

Variability variability(const Dense& x, std::span<const int> group, int ddof) {
  std::map<int, std::vector<int>> members;
  for (int i = 0; i < x.rows; ++i) members[group[i]].push_back(i);
  Variability total;
  double count = 0;
  for (const auto& [value, rows] : members) {
    if (rows.size() < 3) continue;
    const auto n = static_cast<double>(rows.size());
    for (int k = 0; k < x.columns; ++k) {
      double mean = 0, squares = 0;
      for (int i : rows) mean += std::abs(x(i, k)) / n;
      if (mean <= 1e-6) continue;
      for (int i : rows) squares += (std::abs(x(i, k)) - mean) * (std::abs(x(i, k)) - mean);
      const double variance = squares / (n - ddof);
      total.fano += variance / mean;
      total.cv2 += variance / (mean * mean);
      ++count;
    }
  }
  if (count == 0) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  return {total.fano / count, total.cv2 / count};
}

}  // namespace tsd::nback
