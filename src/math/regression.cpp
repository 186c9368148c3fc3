#include "tsd/math/regression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tsd::math {

namespace {

constexpr std::int64_t kRowsAtOnce = 2048;
constexpr int kParts = 16;
// Singular values below float32's epsilon times the largest count as zero, as in LAPACK's gelsd on float32.
constexpr double kCut = 0x1p-23 * 0x1p-23;

void centred(const Columns& x, std::int64_t first, std::int64_t count, DenseD& out) {
  out.resize(static_cast<int>(count), x.width);
  const float* from = x.values.data() + first * x.width;
  for (int i = 0; i < out.rows; ++i)
    for (int j = 0; j < x.width; ++j) out(i, j) = *from++ - x.mean[static_cast<std::size_t>(j)];
}

double r2(double error, double variance) { return variance > 0 ? 1 - error / variance : error == 0 ? 1 : 0; }

}  // namespace

Columns::Columns(std::span<const float> v, int w) : values(v), width(w), mean(static_cast<std::size_t>(w)) {
  for (std::size_t k = 0; k < v.size();)
    for (double& sum : mean) sum += v[k++];
  for (double& sum : mean) sum /= static_cast<double>(rows());
}

// Each part of the rows has a sum of its own; these are added in order, whatever thread they came from.
DenseD scatter(const Columns& a, const Columns& b) {
  std::vector<DenseD> sums(kParts, DenseD(a.width, b.width));
  const std::int64_t rows = a.rows();
  parallel(kParts, 1, [&](int begin, int end) {
    DenseD part_a, part_b;
    for (int part = begin; part < end; ++part)
      for (std::int64_t first = rows * part / kParts, last = rows * (part + 1) / kParts; first < last;) {
        const std::int64_t count = std::min(kRowsAtOnce, last - first);
        centred(a, first, count, part_a);
        if (&a != &b) centred(b, first, count, part_b);
        multiply_add(part_a, Form::transposed, &a == &b ? part_a : part_b, Form::plain,
                     sums[static_cast<std::size_t>(part)]);
        first += count;
      }
  });
  for (int part = 1; part < kParts; ++part)
    for (std::size_t k = 0; k < sums[0].size(); ++k)
      sums[0].values[k] += sums[static_cast<std::size_t>(part)].values[k];
  return sums[0];
}

const DenseD& Columns::scatter() const {
  if (scatter_.size() == 0) scatter_ = math::scatter(*this, *this);
  return scatter_;
}

double Regression::intercept(int column) const {
  double value = mean_y[static_cast<std::size_t>(column)];
  for (int i = 0; i < weights.rows; ++i) value -= mean_x[static_cast<std::size_t>(i)] * weights(i, column);
  return value;
}

Regression regress(const Columns& x, const Columns& y) {
  return {solve_semidefinite(x.scatter(), scatter(x, y), kCut), x.mean, y.mean};
}

// By the moments alone: sum (y - p)^2 = n d^2 + (Syy - 2 W^T Sxy + W^T Sxx W)_jj, d the difference of means.
Errors errors(const Regression& fit, const Columns& x, const Columns& y) {
  const DenseD &xx = x.scatter(), &yy = y.scatter(), xy = scatter(x, y);
  const DenseD through = product(xx, Form::plain, fit.weights, Form::plain);
  Errors e;
  for (int j = 0; j < y.width; ++j) {
    const auto k = static_cast<std::size_t>(j);
    double shift = y.mean[k] - fit.mean_y[k], sum = yy(j, j);
    for (int i = 0; i < x.width; ++i) {
      shift -=
          (x.mean[static_cast<std::size_t>(i)] - fit.mean_x[static_cast<std::size_t>(i)]) * fit.weights(i, j);
      sum += fit.weights(i, j) * (through(i, j) - 2 * xy(i, j));
    }
    e.of_prediction.push_back(std::max(0.0, sum) + static_cast<double>(y.rows()) * shift * shift);
    e.of_mean.push_back(yy(j, j));
  }
  return e;
}

Errors errors(const Regression& fit, const Columns& x, const Columns& y, const DenseD& directions) {
  const DenseD along =
      product(fit.weights, Form::plain, directions, Form::transposed);  // weights to projections
  const DenseD crossed = product(directions, Form::plain, scatter(x, y), Form::transposed),
               through = product(x.scatter(), Form::plain, along, Form::plain),
               own = product(directions, Form::plain, y.scatter(), Form::plain);
  Errors e;
  for (int k = 0; k < directions.rows; ++k) {
    double variance = 0, shift = 0, sum = 0;
    for (int j = 0; j < y.width; ++j) {
      const auto at = static_cast<std::size_t>(j);
      variance += own(k, j) * directions(k, j);
      shift += directions(k, j) * (y.mean[at] - fit.mean_y[at]);
    }
    for (int i = 0; i < x.width; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sum += along(i, k) * (through(i, k) - 2 * crossed(k, i));
      shift -= (x.mean[at] - fit.mean_x[at]) * along(i, k);
    }
    e.of_prediction.push_back(std::max(0.0, variance + sum) + static_cast<double>(y.rows()) * shift * shift);
    e.of_mean.push_back(variance);
  }
  return e;
}

Errors errors(std::span<const float> predicted, const Columns& y) {
  Errors e{std::vector<double>(y.mean.size()), std::vector<double>(y.mean.size())};
  for (std::size_t k = 0; k < predicted.size();)
    for (std::size_t j = 0; j < y.mean.size(); ++j, ++k) {
      const double error = double{y.values[k]} - predicted[k], deviation = y.values[k] - y.mean[j];
      e.of_prediction[j] += error * error;
      e.of_mean[j] += deviation * deviation;
    }
  return e;
}

double Errors::weighted_r2() const {
  return r2(std::accumulate(of_prediction.begin(), of_prediction.end(), 0.0),
            std::accumulate(of_mean.begin(), of_mean.end(), 0.0));
}

double Errors::defined_r2() const {
  const bool varies = std::ranges::any_of(of_mean, [](double squares) { return squares > 0; });
  return varies ? weighted_r2() : std::numeric_limits<double>::quiet_NaN();
}

double Errors::mean_r2() const {
  const std::vector<double> each = each_r2();
  return std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
}

std::vector<double> Errors::each_r2() const {
  std::vector<double> all;
  for (std::size_t j = 0; j < of_mean.size(); ++j) all.push_back(r2(of_prediction[j], of_mean[j]));
  return all;
}

Components principal_components(const Columns& x) {
  const Symmetric e = symmetric_eigen(x.scatter());
  Components c{x.mean, e.values, DenseD(x.width, x.width)};
  const double total = std::accumulate(e.values.begin(), e.values.end(), 0.0);
  for (double& value : c.variance_ratio) value = total > 0 ? std::max(0.0, value) / total : 0;
  for (int k = 0; k < x.width; ++k) {
    double largest = 0;
    for (int j = 0; j < x.width; ++j)
      if (std::abs(e.vectors(j, k)) > std::abs(largest)) largest = e.vectors(j, k);
    for (int j = 0; j < x.width; ++j) c.directions(k, j) = largest < 0 ? -e.vectors(j, k) : e.vectors(j, k);
  }
  return c;
}

}  // namespace tsd::math
