// L2-SVC by liblinear, whose answer within its tolerance is then brought to the optimum.
#include <linear.h>

#include <algorithm>
#include <cmath>

#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/measures/linear.hpp"

namespace tsd::nback {

using math::Form;

namespace {

void silent(const char*) {}

// One class against the rest. Points have a last column of ones, for the bias.
struct OneVsRest {
  const Dense& x;
  std::vector<double> y;             // 1 or -1
  double cost_inside, cost_outside;  // of the class, of the rest

  double cost(int i) const { return y[i] > 0 ? cost_inside : cost_outside; }
  double slack(int i, std::span<const double> w) const { return std::max(0.0, 1 - y[i] * dot(x.span(i), w)); }
  double objective(std::span<const double> w) const {
    double sum = dot(w, w) / 2;
    for (int i = 0; i < x.rows; ++i) sum += cost(i) * std::pow(slack(i, w), 2);
    return sum;
  }
};

std::vector<double> by_liblinear(const OneVsRest& task, std::vector<feature_node*>& rows) {
  int sides[] = {1, -1};
  double costs[] = {task.cost_inside, task.cost_outside};
  auto y = task.y;
  const problem posed{task.x.rows, task.x.columns, y.data(), rows.data(), -1};
  parameter options{};
  options.solver_type = L2R_L2LOSS_SVC;
  options.eps = 0.1;
  options.C = 1;
  options.nr_weight = 2;
  options.weight_label = sides;
  options.weight = costs;
  model* trained = train(&posed, &options);
  std::vector<double> w(trained->w, trained->w + task.x.columns);
  free_and_destroy_model(&trained);
  return w;
}

// Between changes of the set of points within the margin the objective is quadratic, and a Newton step ends
// at its minimum.
void finish(const OneVsRest& task, std::vector<double>& w) {
  const Dense& x = task.x;
  const int d = x.columns;
  for (int iteration = 0; iteration < 50; ++iteration) {
    std::vector<int> inside;
    for (int i = 0; i < x.rows; ++i)
      if (task.slack(i, w) > 0) inside.push_back(i);
    Dense scaled(static_cast<int>(inside.size()), d);
    std::vector<double> right(d);
    for (int r = 0; r < scaled.rows; ++r) {
      const double twice = 2 * task.cost(inside[r]), root = std::sqrt(twice);
      const auto point = x.span(inside[r]);
      for (int k = 0; k < d; ++k) {
        scaled(r, k) = root * point[k];
        right[k] += twice * task.y[inside[r]] * point[k];
      }
    }
    Dense hessian = product(scaled, Form::transposed, scaled, Form::plain);
    for (int k = 0; k < d; ++k) hessian(k, k) += 1;
    std::vector<double> step = math::solve_definite(hessian, right);
    for (int k = 0; k < d; ++k) step[k] -= w[k];
    const double before = task.objective(w);
    auto next = w;
    double length = 1;
    do {
      for (int k = 0; k < d; ++k) next[k] = w[k] + length * step[k];
      length /= 2;
    } while (task.objective(next) > before && length > 1e-10);
    const bool done = dot(step, step) <= 1e-24 * dot(w, w) || task.objective(next) >= before;
    w = next;
    if (done) return;
  }
}

}  // namespace

NormalsProblem::NormalsProblem(const Dense& raw) : x_(raw.rows, raw.columns + 1) {
  const Dense standardised = Standardizer(raw)(raw);
  for (int i = 0; i < raw.rows; ++i) {
    std::copy_n(standardised.row(i), raw.columns, x_.row(i));
    x_(i, raw.columns) = 1;
  }
}

Normals NormalsProblem::fit(std::span<const int> labels) const {
  const int N = x_.rows, d = x_.columns - 1;
  std::vector<feature_node> nodes;
  nodes.reserve(static_cast<std::size_t>(N) * (d + 2));
  std::vector<feature_node*> rows;
  for (int i = 0; i < N; ++i) {
    rows.push_back(nodes.data() + nodes.size());
    for (int k = 0; k <= d; ++k) nodes.push_back({k + 1, x_(i, k)});
    nodes.push_back({-1, 0});
  }
  set_print_string_function(silent);

  Normals normals;
  normals.classes = classes_of(labels);
  normals.weights = Dense(static_cast<int>(normals.classes.size()), d);
  for (int c = 0; c < normals.weights.rows; ++c) {
    std::vector<double> y;
    for (int label : labels) y.push_back(label == normals.classes[c] ? 1 : -1);
    const auto inside = static_cast<double>(std::count(y.begin(), y.end(), 1.0));
    const OneVsRest task{x_, std::move(y), N / (2 * inside), N / (2 * (N - inside))};
    auto w = by_liblinear(task, rows);
    finish(task, w);
    normals.bias.push_back(w.back());
    w.pop_back();
    normals.norm.push_back(std::sqrt(dot(w, w)));
    for (int k = 0; k < d; ++k) normals.weights(c, k) = w[k] / normals.norm.back();
  }
  return normals;
}

Normals l2_svc(const Dense& x, std::span<const int> labels) { return NormalsProblem(x).fit(labels); }

}  // namespace tsd::nback
