#include "tsd/math/ica.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::math {
namespace {

// Directions of the data, scaled to unit variance, in rows.
DenseD whitening(const Columns& x) {
  constexpr double kNothing = 1e-12;  // of the largest variance
  const Symmetric e = symmetric_eigen(x.scatter());
  const auto found =
      std::ranges::count_if(e.values, [&](double v) { return v > kNothing * e.values[0] && v > 0; });
  DenseD rows(static_cast<int>(found), x.width);
  for (int k = 0; k < rows.rows; ++k) {
    const double sd = std::sqrt(e.values[static_cast<std::size_t>(k)] / static_cast<double>(x.rows()));
    for (int j = 0; j < x.width; ++j) rows(k, j) = e.vectors(j, k) / sd;
  }
  return rows;
}

// (W W^T)^-1/2 W
DenseD orthonormal_rows(const DenseD& w) {
  const Symmetric e = symmetric_eigen(product(w, Form::plain, w, Form::transposed));
  DenseD scaled = e.vectors;
  for (int i = 0; i < scaled.rows; ++i)
    for (int k = 0; k < scaled.columns; ++k) scaled(i, k) /= std::sqrt(e.values[static_cast<std::size_t>(k)]);
  return product(product(scaled, Form::plain, e.vectors, Form::transposed), Form::plain, w, Form::plain);
}

}  // namespace

std::vector<float> project(const Columns& x, const DenseD& directions) {
  std::vector<float> all;
  all.reserve(static_cast<std::size_t>(x.rows()) * static_cast<std::size_t>(directions.rows));
  for (std::int64_t i = 0; i < x.rows(); ++i)
    for (int k = 0; k < directions.rows; ++k) {
      double sum = 0;
      for (int j = 0; j < x.width; ++j)
        sum += directions(k, j) *
               (x.values[static_cast<std::size_t>(i * x.width + j)] - x.mean[static_cast<std::size_t>(j)]);
      all.push_back(static_cast<float>(sum));
    }
  return all;
}

DenseD independent_components(const Columns& x, double tolerance, int most_iterations) {
  const DenseD white = whitening(x);
  const int k = white.rows, n = static_cast<int>(x.rows());
  DenseD data(n, x.width), w(k, k);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < x.width; ++j)
      data(i, j) = x.values[static_cast<std::size_t>(i) * std::size_t(x.width) + std::size_t(j)] -
                   x.mean[static_cast<std::size_t>(j)];
  data = product(data, Form::plain, white, Form::transposed);
  for (int i = 0; i < k; ++i) w(i, i) = 1;
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    DenseD g = product(data, Form::plain, w, Form::transposed);  // tanh of the components
    std::vector<double> slope(static_cast<std::size_t>(k));
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < k; ++j) {
        g(i, j) = std::tanh(g(i, j));
        slope[static_cast<std::size_t>(j)] += 1 - g(i, j) * g(i, j);
      }
    DenseD next = product(g, Form::transposed, data, Form::plain);
    for (int i = 0; i < k; ++i)
      for (int j = 0; j < k; ++j)
        next(i, j) = (next(i, j) - slope[static_cast<std::size_t>(i)] * w(i, j)) / n;
    next = orthonormal_rows(next);
    double turned = 0;
    for (int i = 0; i < k; ++i) {
      double along = 0;
      for (int j = 0; j < k; ++j) along += next(i, j) * w(i, j);
      turned = std::max(turned, std::abs(std::abs(along) - 1));
    }
    w = std::move(next);
    if (turned < tolerance) break;
  }
  return product(w, Form::plain, white, Form::plain);
}

}  // namespace tsd::math
