#include "tsd/math/dpca.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <ranges>

namespace tsd::math {
namespace {

constexpr double kCut = 1e-10;  // part of the whole's norm that is rounding

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double square(const DenseD& a) {
  return std::inner_product(a.values.begin(), a.values.end(), a.values.begin(), 0.0);
}

// Each entry as the mean along one axis of rows [.., n, inner], or less that mean.
void split_along(int n, int inner, bool keeps_mean, DenseD& x) {
  const int outer = x.rows / (n * inner);
  std::vector<double> mean(at(x.columns));
  for (int o = 0; o < outer; ++o)
    for (int i = 0; i < inner; ++i) {
      const auto row = [&](int k) { return x.row((o * n + k) * inner + i); };
      std::ranges::fill(mean, 0);
      for (int k = 0; k < n; ++k)
        for (int j = 0; j < x.columns; ++j) mean[at(j)] += row(k)[j];
      for (double& m : mean) m /= n;
      for (int k = 0; k < n; ++k)
        for (int j = 0; j < x.columns; ++j) row(k)[j] = keeps_mean ? mean[at(j)] : row(k)[j] - mean[at(j)];
    }
}

// What depends on exactly the axes whose bits are set, time being the last.
DenseD marginal(const DenseD& x, const std::vector<int>& axes, unsigned mask) {
  DenseD part = x;
  int inner = 1;
  for (std::size_t axis = axes.size(); axis-- > 0; inner *= axes[axis])
    split_along(axes[axis], inner, !(mask >> axis & 1), part);
  return part;
}

struct Whole {
  DenseD x;  // [condition * step, column], each column less its mean
  Svd parts;
  int rank;
  double lambda, squares;
};

Whole whole_of(const Averages& data, double regulariser) {
  int rows = data.steps;
  for (const int n : data.levels) rows *= n;
  Whole w{DenseD(rows, data.columns), {}, 0, 0, 0};
  std::ranges::copy(data.values, w.x.data());
  split_along(rows, 1, false, w.x);
  w.squares = square(w.x), w.lambda = regulariser * w.squares;
  w.parts = svd(w.x);
  const double least = std::max(rows, data.columns) * std::numeric_limits<double>::epsilon() * w.parts.s[0];
  w.rank = static_cast<int>(std::ranges::count_if(w.parts.s, [&](double s) { return s > least; }));
  return w;
}

// With X^T = U S V^T, rows and columns of a part likewise, and B = X_part U: C [X, lambda I] has the left singular
// vectors of B S / sqrt(S^2 + lambda^2), and D^T = P^T B S / (S^2 + lambda^2) V^T.
void demix(const Whole& w, const DenseD& x_part, int components, DpcaPart& part) {
  DenseD b = product(x_part, Form::transposed, w.parts.u, Form::plain), scaled(b.rows, w.rank);
  const auto damped = [&](int k) { return std::hypot(w.parts.s[at(k)], w.lambda); };
  for (int i = 0; i < b.rows; ++i)
    for (int k = 0; k < w.rank; ++k) scaled(i, k) = b(i, k) * w.parts.s[at(k)] / damped(k);
  const Svd found = svd(scaled);
  const int n = static_cast<int>(
      std::ranges::count_if(std::span(found.s).first(std::min(found.s.size(), at(components))),
                            [&](double s) { return s > kCut * std::sqrt(w.squares); }));
  part.encoder = DenseD(n, b.rows);
  for (int c = 0; c < n; ++c) {
    for (int i = 0; i < b.rows; ++i) part.encoder(c, i) = found.u(i, c);
    const auto row = part.encoder.span(c);
    if (*std::ranges::max_element(row, {}, [](double v) { return std::abs(v); }) < 0)
      for (double& v : row) v = -v;
  }
  part.decoder = DenseD(0, b.rows), part.projected = DenseD(x_part.rows, 0);
  if (n == 0) return;
  DenseD inner = product(part.encoder, Form::plain, b, Form::plain);
  for (int c = 0; c < n; ++c)
    for (int k = 0; k < inner.columns; ++k)
      inner(c, k) *= k < w.rank ? w.parts.s[at(k)] / (damped(k) * damped(k)) : 0;
  part.decoder = product(inner, Form::plain, w.parts.vt, Form::plain);
  part.projected = product(w.x, Form::plain, part.decoder, Form::transposed);
  for (int c = 0; c < n; ++c) {
    double sum = 0;
    for (int i = 0; i < part.projected.rows; ++i) sum += part.projected(i, c) * part.projected(i, c);
    part.ratio.push_back(sum / w.squares);
  }
}

}  // namespace

std::vector<DpcaPart> dpca(const Averages& data, const DpcaSettings& settings) {
  const Whole w = whole_of(data, settings.regulariser);
  if (w.rank == 0) return {};
  std::vector<int> axes = data.levels;
  axes.push_back(data.steps);
  const auto factors = static_cast<unsigned>(data.levels.size()), time = 1u << factors;
  std::vector<DpcaPart> parts;
  for (unsigned mask = 1; mask < 2 * time; ++mask) {
    const bool joins = settings.join_time && mask != time;
    if (joins && (mask & time)) continue;
    DpcaPart part;
    part.on_time = !joins && (mask & time);
    for (unsigned f = 0; f < factors; ++f)
      if (mask >> f & 1) part.factors.push_back(static_cast<int>(f));
    DenseD x_part = marginal(w.x, axes, mask);
    if (joins) {
      const DenseD over_time = marginal(w.x, axes, mask | time);
      for (std::size_t k = 0; k < x_part.size(); ++k) x_part.values[k] += over_time.values[k];
    }
    part.variance = square(x_part) / w.squares;
    demix(w, x_part, settings.components, part);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace tsd::math
