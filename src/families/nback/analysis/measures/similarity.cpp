#include "families/nback/analysis/measures/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "families/nback/analysis/measures/geometry.hpp"

namespace tsd::nback {

namespace {

constexpr double kGrid = 4294967296;  // 2^32

void subtract_mean(std::span<double> values) {
  const double mean = std::reduce(values.begin(), values.end()) / static_cast<double>(values.size());
  for (double& value : values) value -= mean;
}

Dense gram(const Dense& x) { return product(x, math::Form::plain, x, math::Form::transposed); }

}  // namespace

std::vector<double> centred_gram(const Dense& x) {
  const Dense products = gram(columns_centred(x));
  return {products.values.begin(), products.values.end()};
}

std::vector<double> dissimilarities(const Dense& x) {
  Dense rows = x;
  for (int i = 0; i < x.rows; ++i) {
    subtract_mean(rows.span(i));
    const double length = std::sqrt(dot(rows.span(i), rows.span(i)));
    for (double& value : rows.span(i)) value /= length;  // NaN where all are alike
  }
  const Dense correlation = gram(rows);
  std::vector<double> pairs;
  for (int i = 0; i < x.rows; ++i)
    for (int j = i + 1; j < x.rows; ++j) pairs.push_back(std::round((1 - correlation(i, j)) * kGrid) / kGrid);
  return pairs;
}

std::vector<double> dissimilarities(std::span<const int> labels) {
  std::vector<double> pairs;
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t j = i + 1; j < labels.size(); ++j) pairs.push_back(labels[i] != labels[j]);
  return pairs;
}

std::vector<double> centred_ranks(std::span<const double> values) {
  std::vector<double> ranks(values.size(), std::numeric_limits<double>::quiet_NaN());
  if (std::ranges::any_of(values, [](double v) { return std::isnan(v); })) return ranks;
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  const double middle = (static_cast<double>(values.size()) - 1) / 2;
  for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
    for (end = begin + 1; end < order.size() && values[order[end]] == values[order[begin]];) ++end;
    for (std::size_t i = begin; i < end; ++i)
      ranks[order[i]] = static_cast<double>(begin + end - 1) / 2 - middle;
  }
  return ranks;
}

double cosine(std::span<const double> a, std::span<const double> b) {
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

Likeness::Likeness(const Dense& states)
    : gram(centred_gram(states)), ranks(centred_ranks(dissimilarities(states))) {}

double Likeness::bytes(int trials) {
  return sizeof(double) * (1.0 * trials * trials + 0.5 * trials * (trials - 1));
}

double cka(const Likeness& a, const Likeness& b) { return cosine(a.gram, b.gram); }
double rsa(const Likeness& a, const Likeness& b) { return cosine(a.ranks, b.ranks); }

}  // namespace tsd::nback
