#include "tsd/math/ridge.hpp"

#include <algorithm>

namespace tsd::math {

namespace {

constexpr int kFolds = 5;

// The solutions for any penalty from one decomposition of x's moments.
class Solver {
 public:
  Solver(const Columns& x, const Columns& y)
      : x_(x),
        y_(y),
        eigen_(symmetric_eigen(x.scatter())),
        through_(product(eigen_.vectors, Form::transposed, scatter(x, y), Form::plain)) {}

  Regression with(double penalty) const {
    DenseD scaled = through_;
    for (int i = 0; i < scaled.rows; ++i)
      for (int j = 0; j < scaled.columns; ++j)
        scaled(i, j) /= std::max(0.0, eigen_.values[static_cast<std::size_t>(i)]) + penalty;
    return {product(eigen_.vectors, Form::plain, scaled, Form::plain), x_.mean, y_.mean};
  }

 private:
  const Columns &x_, &y_;
  Symmetric eigen_;
  DenseD through_;
};

// Rows [first, last) of one, and all others.
struct Split {
  std::span<const float> inside;
  std::vector<float> outside;
};
Split split(const Columns& all, std::int64_t first, std::int64_t last) {
  const auto at = [&](std::int64_t row) { return static_cast<std::size_t>(row * all.width); };
  Split s{all.values.subspan(at(first), at(last - first)), {}};
  s.outside.assign(all.values.begin(), all.values.begin() + static_cast<std::ptrdiff_t>(at(first)));
  s.outside.insert(s.outside.end(), all.values.begin() + static_cast<std::ptrdiff_t>(at(last)),
                   all.values.end());
  return s;
}

}  // namespace

Regression ridge(const Columns& x, const Columns& y, double penalty) { return Solver(x, y).with(penalty); }

Regression cross_validated_ridge(const Columns& x, const Columns& y, std::span<const double> penalties) {
  std::vector<double> scores(penalties.size());
  const std::int64_t rows = x.rows();
  for (std::int64_t fold = 0, first = 0; fold < kFolds; ++fold) {
    const std::int64_t last = first + rows / kFolds + (fold < rows % kFolds ? 1 : 0);
    const Split xs = split(x, first, last), ys = split(y, first, last);
    const Columns x_in(xs.outside, x.width), y_in(ys.outside, y.width), x_out(xs.inside, x.width),
        y_out(ys.inside, y.width);
    const Solver solver(x_in, y_in);
    for (std::size_t k = 0; k < penalties.size(); ++k)
      scores[k] += errors(solver.with(penalties[k]), x_out, y_out).mean_r2();
    first = last;
  }
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  return ridge(x, y, penalties[static_cast<std::size_t>(best)]);
}

std::vector<float> predict(const Regression& fit, std::span<const float> x) {
  const auto width = static_cast<std::size_t>(fit.weights.rows), outputs = fit.mean_y.size();
  std::vector<float> y;
  y.reserve(x.size() / width * outputs);
  std::vector<double> row(outputs);
  for (std::size_t k = 0; k + width <= x.size(); k += width) {
    row = fit.mean_y;
    for (std::size_t i = 0; i < width; ++i) {
      const double centred = x[k + i] - fit.mean_x[i];
      for (std::size_t j = 0; j < outputs; ++j)
        row[j] += centred * fit.weights(static_cast<int>(i), static_cast<int>(j));
    }
    y.insert(y.end(), row.begin(), row.end());
  }
  return y;
}

}  // namespace tsd::math
