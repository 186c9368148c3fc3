#include "tsd/math/likeness.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tsd::math {
namespace {

constexpr double kCut = 0x1p-23 * 0x1p-23;  // directions of less variance are rounding of float32

double norm(const DenseD& a) {
  return std::sqrt(std::inner_product(a.values.begin(), a.values.end(), a.values.begin(), 0.0));
}

double trace(const DenseD& a) {
  double sum = 0;
  for (int i = 0; i < a.rows; ++i) sum += a(i, i);
  return sum;
}

// U L^-1/2 of a scatter U L U^T: columns become uncorrelated and of unit length.
DenseD whitening(const DenseD& scatter) {
  const Symmetric e = symmetric_eigen(scatter);
  const auto rank = static_cast<int>(
      std::ranges::count_if(e.values, [&](double v) { return v > 0 && v > kCut * e.values[0]; }));
  DenseD w(scatter.rows, rank);
  for (int i = 0; i < w.rows; ++i)
    for (int k = 0; k < rank; ++k)
      w(i, k) = e.vectors(i, k) / std::sqrt(e.values[static_cast<std::size_t>(k)]);
  return w;
}

}  // namespace

double cka(const Columns& x, const Columns& y) {
  const double both = norm(scatter(x, y));
  return both * both / (norm(x.scatter()) * norm(y.scatter()));
}

double procrustes(const Columns& x, const Columns& y) {
  const auto s = svd(scatter(x, y)).s;
  const double sum = std::accumulate(s.begin(), s.end(), 0.0);
  return 1 - sum * sum / (trace(x.scatter()) * trace(y.scatter()));
}

std::vector<double> canonical_correlations(const Columns& x, const Columns& y) {
  const DenseD wx = whitening(x.scatter()), wy = whitening(y.scatter());
  if (wx.columns == 0 || wy.columns == 0) return {};
  auto s =
      svd(product(product(wx, Form::transposed, scatter(x, y), Form::plain), Form::plain, wy, Form::plain)).s;
  for (double& r : s) r = std::min(r, 1.0);
  return s;
}

}  // namespace tsd::math
