// L2-SVC by Newton's method: between changes of the set of points within the margin the objective is
// quadratic, so that a step ends at its minimum, and the last one at the optimum.
#include <algorithm>
#include <cmath>

#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/measures/linear.hpp"

namespace tsd::nback {

using math::Form;

namespace {

// One class against the rest. Points have a last column of ones, for the bias.
struct OneVsRest {
  const Dense& x;
  const Dense& gram;                 // x x^T, where there are no more points than columns
  std::vector<double> y;             // 1 or -1
  double cost_inside, cost_outside;  // of the class, of the rest

  double cost(int i) const { return y[i] > 0 ? cost_inside : cost_outside; }

  // `margins`: y_i w x_i.
  double objective(std::span<const double> w, std::span<const double> margins) const {
    double sum = dot(w, w) / 2;
    for (int i = 0; i < x.rows; ++i)
      if (margins[i] < 1) sum += cost(i) * (1 - margins[i]) * (1 - margins[i]);
    return sum;
  }
  std::vector<double> margins(std::span<const double> w) const {
    std::vector<double> all(x.rows);
    for (int i = 0; i < x.rows; ++i) all[i] = y[i] * dot(x.span(i), w);
    return all;
  }
};

std::vector<int> within(std::span<const double> margins) {
  std::vector<int> points;
  for (int i = 0; i < static_cast<int>(margins.size()); ++i)
    if (margins[i] < 1) points.push_back(i);
  return points;
}

// (I + X^T C X) w = X^T C y over `points`, with C = diag(2 C_i).
std::vector<double> minimum_by_columns(const OneVsRest& task, std::span<const int> points) {
  const int d = task.x.columns;
  Dense scaled(static_cast<int>(points.size()), d);
  std::vector<double> right(d);
  for (int r = 0; r < scaled.rows; ++r) {
    const double twice = 2 * task.cost(points[r]), root = std::sqrt(twice);
    const auto point = task.x.span(points[r]);
    for (int k = 0; k < d; ++k) {
      scaled(r, k) = root * point[k];
      right[k] += twice * task.y[points[r]] * point[k];
    }
  }
  Dense hessian = product(scaled, Form::transposed, scaled, Form::plain);
  for (int k = 0; k < d; ++k) hessian(k, k) += 1;
  return math::solve_definite(hessian, right);
}

// The same w as X^T a with (X X^T + C^-1) a = y: smaller where there are fewer points than columns.
std::vector<double> minimum_by_points(const OneVsRest& task, std::span<const int> points) {
  const int n = static_cast<int>(points.size());
  Dense system(n, n);
  std::vector<double> y(n);
  for (int r = 0; r < n; ++r) {
    const auto row = task.gram.span(points[r]);
    for (int c = 0; c < n; ++c) system(r, c) = row[points[c]];
    system(r, r) += 1 / (2 * task.cost(points[r]));
    y[r] = task.y[points[r]];
  }
  const auto a = math::solve_definite(system, y);
  std::vector<double> w(task.x.columns);
  for (int r = 0; r < n; ++r) {
    const auto point = task.x.span(points[r]);
    for (int k = 0; k < task.x.columns; ++k) w[k] += a[r] * point[k];
  }
  return w;
}

std::vector<double> optimum(const OneVsRest& task) {
  std::vector<double> w(task.x.columns), next(w.size());
  auto margins = task.margins(w);
  for (int iteration = 0; iteration < 100; ++iteration) {
    const auto points = within(margins);
    const auto minimum =
        task.gram.rows > 0 ? minimum_by_points(task, points) : minimum_by_columns(task, points);
    const double before = task.objective(w, margins);
    std::vector<double> further;
    double length = 1;
    for (;; length /= 2) {
      for (std::size_t k = 0; k < w.size(); ++k) next[k] = w[k] + length * (minimum[k] - w[k]);
      further = task.margins(next);
      if (task.objective(next, further) < before) break;
      if (length < 1e-10) return w;
    }
    std::swap(w, next);
    margins = std::move(further);
    if (length == 1 && within(margins) == points) break;
  }
  return w;
}

}  // namespace

NormalsProblem::NormalsProblem(const Dense& raw) : x_(raw.rows, raw.columns + 1) {
  const Dense standardised = Standardizer(raw)(raw);
  for (int i = 0; i < raw.rows; ++i) {
    std::copy_n(standardised.row(i), raw.columns, x_.row(i));
    x_(i, raw.columns) = 1;
  }
  if (x_.rows <= x_.columns) gram_ = product(x_, Form::plain, x_, Form::transposed);
}

Normals NormalsProblem::fit(std::span<const int> labels) const {
  const int N = x_.rows, d = x_.columns - 1;
  Normals normals;
  normals.classes = classes_of(labels);
  normals.weights = Dense(static_cast<int>(normals.classes.size()), d);
  for (int c = 0; c < normals.weights.rows; ++c) {
    std::vector<double> y;
    for (int label : labels) y.push_back(label == normals.classes[c] ? 1 : -1);
    const auto inside = static_cast<double>(std::count(y.begin(), y.end(), 1.0));
    auto w = optimum({x_, gram_, std::move(y), N / (2 * inside), N / (2 * (N - inside))});
    normals.bias.push_back(w.back());
    w.pop_back();
    normals.norm.push_back(std::sqrt(dot(w, w)));
    for (int k = 0; k < d; ++k) normals.weights(c, k) = w[k] / normals.norm.back();
  }
  return normals;
}

Normals l2_svc(const Dense& x, std::span<const int> labels) { return NormalsProblem(x).fit(labels); }

}  // namespace tsd::nback
