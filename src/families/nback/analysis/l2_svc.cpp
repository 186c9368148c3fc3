// L2-SVC by Newton's method on the primal: between changes of the set of points within the margin the
// objective is quadratic, and a step ends at its minimum (Keerthi & DeCoste, JMLR 6, 2005).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/nback/analysis/linear.hpp"

namespace tsd::nback {

using nn::Form;

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// m += sign sum_i twice_cost_i x_i x_i^T over chosen rows.
void add_moments(const Dense& x, const std::vector<int>& chosen, std::span<const double> twice_cost,
                 double sign, Dense& m) {
  if (chosen.empty()) return;
  Dense plain(static_cast<int>(chosen.size()), x.columns), scaled = plain;
  for (int r = 0; r < plain.rows; ++r) {
    const double factor = sign * twice_cost[chosen[r]];
    const double* point = x.row(chosen[r]);
    double *a = plain.row(r), *b = scaled.row(r);
    for (int k = 0; k < x.columns; ++k) {
      a[k] = point[k];
      b[k] = factor * point[k];
    }
  }
  multiply_add(plain, Form::transposed, scaled, Form::plain, m);
}

// One class against the rest.
class OneVsRest {
 public:
  OneVsRest(const Dense& x, const Dense& moments, std::vector<double> y)
      : x_(x),
        y_(std::move(y)),
        twice_cost_(y_.size()),
        w_(x.columns, 1),
        along_(x.rows, 1),
        margin_(x.rows, 1) {
    const double N = x.rows, inside = static_cast<double>(std::count(y_.begin(), y_.end(), 1.0));
    const double cost = N / inside, cost_of_rest = N / (N - inside);  // twice C_i
    std::vector<int> own;
    for (int i = 0; i < x.rows; ++i) {
      twice_cost_[i] = y_[i] > 0 ? cost : cost_of_rest;
      if (y_[i] > 0) own.push_back(i);
    }
    hessian_ = moments;
    for (double& value : hessian_.values) value *= cost_of_rest;
    const std::vector<double> more(x.rows, cost - cost_of_rest);
    add_moments(x, own, more, 1, hessian_);
    for (int k = 0; k < x.columns; ++k) hessian_(k, k) += 1;
    within_.assign(x.rows, true);  // at w = 0 all are
  }

  // w, b of the optimum.
  std::vector<double> solve() {
    for (int iteration = 0; iteration < kMostIterations; ++iteration) {
      const auto step = newton_step();
      const double length = line_search(step);
      for (int k = 0; k < w_.rows; ++k) w_(k, 0) += length * step[k];
      if (length * length * dot(step, step) <= 1e-24 * dot(w_.values, w_.values)) break;
      for (int i = 0; i < x_.rows; ++i) margin_(i, 0) += length * along_(i, 0);
      follow_margin();
    }
    return {w_.values.begin(), w_.values.end()};
  }

 private:
  static constexpr int kMostIterations = 200;

  double slack(int i, double length) const { return 1 - y_[i] * (margin_(i, 0) + length * along_(i, 0)); }

  // -H^-1 gradient, with gradient = w - sum_i 2 C_i y_i slack_i x_i.
  std::vector<double> newton_step() const {
    Dense pull(x_.rows, 1);
    for (int i = 0; i < x_.rows; ++i)
      if (within_[i]) pull(i, 0) = twice_cost_[i] * (y_[i] - margin_(i, 0));
    Dense descent = product(x_, Form::transposed, pull, Form::plain);
    for (int k = 0; k < w_.rows; ++k) descent(k, 0) -= w_(k, 0);
    return nn::solve_definite(hessian_, descent.values);
  }

  // Where the slope of the objective along the step has fallen to a tenth: 1 where the set of points within
  // the margin stays the same.
  double line_search(const std::vector<double>& step) {
    Dense direction(w_.rows, 1);
    std::copy(step.begin(), step.end(), direction.values.begin());
    multiply(x_, Form::plain, direction, Form::plain, along_);
    const double across = dot(w_.values, step), square = dot(step, step);
    const auto slope = [&](double length) {
      double sum = across + length * square;
      for (int i = 0; i < x_.rows; ++i)
        sum -= twice_cost_[i] * std::max(0.0, slack(i, length)) * y_[i] * along_(i, 0);
      return sum;
    };
    const double enough = 0.1 * std::abs(slope(0));
    double low = 0, high = 1, at_high = slope(high);
    while (at_high < -enough && high < 1e6) low = high, at_high = slope(high *= 2);
    if (at_high <= enough) return high;
    for (int halving = 0; halving < 60; ++halving) {
      const double middle = (low + high) / 2, there = slope(middle);
      if (std::abs(there) <= enough) return middle;
      (there < 0 ? low : high) = middle;
    }
    return low;
  }

  // The set of points within the margin, and the Hessian with it.
  void follow_margin() {
    std::vector<int> coming, going, now;
    for (int i = 0; i < x_.rows; ++i) {
      const bool within = slack(i, 0) > 0;
      if (within) now.push_back(i);
      if (within != within_[i]) (within ? coming : going).push_back(i);
      within_[i] = within;
    }
    if (coming.size() + going.size() > now.size()) {
      std::fill(hessian_.values.begin(), hessian_.values.end(), 0.0);
      for (int k = 0; k < hessian_.rows; ++k) hessian_(k, k) = 1;
      add_moments(x_, now, twice_cost_, 1, hessian_);
    } else {
      add_moments(x_, coming, twice_cost_, 1, hessian_);
      add_moments(x_, going, twice_cost_, -1, hessian_);
    }
  }

  const Dense& x_;
  std::vector<double> y_, twice_cost_;
  Dense w_;               // [columns, 1]
  Dense along_, margin_;  // x step, x w
  std::vector<bool> within_;
  Dense hessian_;
};

}  // namespace

NormalsProblem::NormalsProblem(const Dense& raw) : x_(raw.rows, raw.columns + 1) {
  const Dense standardised = Standardizer(raw)(raw);
  for (int i = 0; i < raw.rows; ++i) {
    std::copy_n(standardised.row(i), raw.columns, x_.row(i));
    x_(i, raw.columns) = 1;
  }
  moments_ = product(x_, Form::transposed, x_, Form::plain);
}

Normals NormalsProblem::fit(std::span<const int> labels) const {
  const int d = x_.columns - 1;
  Normals normals;
  normals.classes = classes_of(labels);
  normals.weights = Dense(static_cast<int>(normals.classes.size()), d);
  for (int c = 0; c < normals.weights.rows; ++c) {
    std::vector<double> y;
    for (int label : labels) y.push_back(label == normals.classes[c] ? 1 : -1);
    const auto w = OneVsRest(x_, moments_, std::move(y)).solve();
    normals.bias.push_back(w.back());
    normals.norm.push_back(
        std::sqrt(dot({w.data(), static_cast<std::size_t>(d)}, {w.data(), static_cast<std::size_t>(d)})));
    for (int k = 0; k < d; ++k) normals.weights(c, k) = w[k] / normals.norm.back();
  }
  return normals;
}

Normals l2_svc(const Dense& x, std::span<const int> labels) { return NormalsProblem(x).fit(labels); }

}  // namespace tsd::nback
