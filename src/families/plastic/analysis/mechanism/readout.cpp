#include "families/plastic/analysis/mechanism/readout.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "tsd/math/ridge.hpp"

namespace tsd::plastic {

namespace {

constexpr double kPenalty = 1;  // of activities within -1 and 1: as one more row for each direction
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Halves {
  std::span<const float> first, second;
};
Halves halves(std::span<const float> rows, int width) {
  const std::size_t count = rows.size() / static_cast<std::size_t>(width),
                    cut = count / 2 * static_cast<std::size_t>(width);
  return {rows.first(cut), rows.subspan(cut)};
}

bool constant(std::span<const float> values) {
  return std::ranges::adjacent_find(values, std::ranges::not_equal_to()) == values.end();
}

math::Regression fitted(const Halves& x, int width, const Halves& y) {
  return math::ridge(math::Columns(x.first, width), math::Columns(y.first, 1), kPenalty);
}

}  // namespace

double area_under_roc(std::span<const float> scores, std::span<const float> labels) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });
  double below = 0, pairs = 0, ones = 0;  // rows of label 0 that score less
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    double zeros_here = 0, ones_here = 0;
    for (; to < order.size() && scores[order[to]] == scores[order[from]]; ++to)
      (labels[order[to]] == 0 ? zeros_here : ones_here) += 1;
    pairs += ones_here * (below + zeros_here / 2);
    below += zeros_here, ones += ones_here;
  }
  return below > 0 && ones > 0 ? pairs / (below * ones) : kNone;
}

double decoded_label(std::span<const float> activity, int width, std::span<const float> labels) {
  const Halves x = halves(activity, width), y = halves(labels, 1);
  if (constant(y.first) || constant(y.second)) return kNone;
  return area_under_roc(predict(fitted(x, width, y), x.second), y.second);
}

double decoded_value(std::span<const float> activity, int width, std::span<const float> values) {
  const Halves x = halves(activity, width), y = halves(values, 1);
  if (constant(y.first) || constant(y.second)) return kNone;
  const math::Columns wanted(y.second, 1);
  return math::errors(predict(fitted(x, width, y), x.second), wanted).weighted_r2();
}

}  // namespace tsd::plastic
