#include "families/nback/analysis/linear.hpp"

#include <linear.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#if __has_include(<libsvm/svm.h>)
#include <libsvm/svm.h>
#else
#include <svm.h>
#endif

namespace tsd::nback {

namespace {

void silent(const char*) {}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Positions of `labels` among `classes`.
std::vector<int> positions(std::span<const int> labels, const std::vector<int>& classes) {
  std::vector<int> found;
  for (int label : labels)
    found.push_back(
        static_cast<int>(std::lower_bound(classes.begin(), classes.end(), label) - classes.begin()));
  return found;
}

}  // namespace

Standardizer::Standardizer(const Dense& x) : mean(x.columns), sd(x.columns) {
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k) mean[k] += x(i, k) / x.rows;
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k) sd[k] += (x(i, k) - mean[k]) * (x(i, k) - mean[k]) / x.rows;
  for (double& s : sd) s = s > 0 ? std::sqrt(s) : 1;
}

Dense Standardizer::operator()(const Dense& x) const {
  Dense z = x;
  for (int i = 0; i < z.rows; ++i)
    for (int k = 0; k < z.columns; ++k) z(i, k) = (z(i, k) - mean[k]) / sd[k];
  return z;
}

std::vector<int> classes_of(std::span<const int> labels) {
  const std::set<int> different(labels.begin(), labels.end());
  return {different.begin(), different.end()};
}

// --- C-SVC ---------------------------------------------------------------------------------------

struct SvcProblem::Impl {
  std::shared_ptr<const Standardizer> standardizer;
  Dense x;  // standardised
  // libsvm's precomputed kernel: node 0 of a row is its number, from 1; node j holds the product with row j.
  std::vector<svm_node> nodes;
};

SvcProblem::SvcProblem(const Dense& x) : impl_(std::make_unique<Impl>()) {
  impl_->standardizer = std::make_shared<Standardizer>(x);
  impl_->x = (*impl_->standardizer)(x);
  const Dense gram = product(impl_->x, nn::Form::plain, impl_->x, nn::Form::transposed);
  impl_->nodes.reserve(static_cast<std::size_t>(x.rows) * (x.rows + 2));
  for (int i = 0; i < x.rows; ++i) {
    impl_->nodes.push_back({0, i + 1.0});
    for (int j = 0; j < x.rows; ++j) impl_->nodes.push_back({j + 1, gram(i, j)});
    impl_->nodes.push_back({-1, 0});
  }
}

SvcProblem::~SvcProblem() = default;

Svc SvcProblem::fit(std::span<const int> labels) const {
  const Dense& x = impl_->x;
  Svc svc;
  svc.standardizer_ = impl_->standardizer;
  svc.classes_ = classes_of(labels);
  const int K = static_cast<int>(svc.classes_.size());
  if (K < 2) throw std::logic_error("SvcProblem::fit: fewer than two classes");

  // libsvm numbers classes in the order in which they come.
  const auto position = positions(labels, svc.classes_);
  std::vector<int> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return position[a] < position[b]; });
  std::vector<double> y, weights;
  std::vector<svm_node*> rows;
  std::vector<int> names(K);
  std::iota(names.begin(), names.end(), 0);
  for (int i : order) {
    y.push_back(position[i]);
    rows.push_back(&impl_->nodes[static_cast<std::size_t>(i) * (x.rows + 2)]);
  }
  for (int c = 0; c < K; ++c)
    weights.push_back(static_cast<double>(x.rows) /
                      (K * static_cast<double>(std::count(position.begin(), position.end(), c))));

  svm_set_print_string_function(silent);
  const svm_problem problem{x.rows, y.data(), rows.data()};
  svm_parameter parameter{};
  parameter.svm_type = C_SVC;
  parameter.kernel_type = PRECOMPUTED;
  parameter.cache_size = 64;
  parameter.eps = 1e-3;
  parameter.C = 1;
  parameter.shrinking = 1;
  parameter.nr_weight = K;
  parameter.weight_label = names.data();
  parameter.weight = weights.data();
  svm_model* model = svm_train(&problem, &parameter);

  const int pairs = K * (K - 1) / 2;
  svc.weights_ = Dense(pairs, x.columns);
  svc.bias_.resize(pairs);
  std::vector<int> first(K, 0);
  for (int c = 1; c < K; ++c) first[c] = first[c - 1] + model->nSV[c - 1];
  for (int a = 0, pair = 0; a < K; ++a)
    for (int b = a + 1; b < K; ++b, ++pair) {
      const auto add = [&](int own, int other) {
        for (int s = first[own]; s < first[own] + model->nSV[own]; ++s) {
          const double coefficient = model->sv_coef[other > own ? other - 1 : other][s];
          if (coefficient == 0) continue;
          const auto point = x.span(order[model->sv_indices[s] - 1]);
          const auto weight = svc.weights_.span(pair);
          for (int k = 0; k < x.columns; ++k) weight[k] += coefficient * point[k];
        }
      };
      add(a, b);
      add(b, a);
      svc.bias_[pair] = -model->rho[pair];
    }
  svm_free_and_destroy_model(&model);
  return svc;
}

std::vector<int> Svc::predict(const Dense& x) const {
  const Dense decision = product((*standardizer_)(x), nn::Form::plain, weights_, nn::Form::transposed);
  const int K = static_cast<int>(classes_.size());
  std::vector<int> predicted;
  for (int i = 0; i < x.rows; ++i) {
    std::vector<int> votes(K, 0);
    for (int a = 0, pair = 0; a < K; ++a)
      for (int b = a + 1; b < K; ++b, ++pair) ++votes[decision(i, pair) + bias_[pair] > 0 ? a : b];
    predicted.push_back(classes_[std::max_element(votes.begin(), votes.end()) - votes.begin()]);
  }
  return predicted;
}

// --- L2-SVC --------------------------------------------------------------------------------------

namespace {

// One class against the rest. Points have a last column of ones, for the bias.
struct OneVsRest {
  const Dense& x;
  std::vector<double> y;             // 1 or -1
  double cost_inside, cost_outside;  // of the class, of the rest

  double cost(int i) const { return y[i] > 0 ? cost_inside : cost_outside; }
  double slack(int i, std::span<const double> w) const { return std::max(0.0, 1 - y[i] * dot(x.span(i), w)); }
  double objective(std::span<const double> w) const {
    double sum = dot(w, w) / 2;
    for (int i = 0; i < x.rows; ++i) sum += cost(i) * slack(i, w) * slack(i, w);
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
  options.eps = 1e-2;
  options.C = 1;
  options.nr_weight = 2;
  options.weight_label = sides;
  options.weight = costs;
  model* trained = train(&posed, &options);
  std::vector<double> w(trained->w, trained->w + task.x.columns);
  free_and_destroy_model(&trained);
  return w;
}

// From near the optimum to it. Between changes of the set of points within the margin the objective is
// quadratic, and a Newton step ends at its minimum.
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
    Dense hessian = product(scaled, nn::Form::transposed, scaled, nn::Form::plain);
    for (int k = 0; k < d; ++k) hessian(k, k) += 1;
    std::vector<double> step = nn::solve_definite(hessian, right);
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

Normals l2_svc(const Dense& raw, std::span<const int> labels) {
  const int N = raw.rows, d = raw.columns;
  Dense x(N, d + 1);
  const Dense standardised = Standardizer(raw)(raw);
  std::vector<feature_node> nodes;
  nodes.reserve(static_cast<std::size_t>(N) * (d + 2));
  std::vector<feature_node*> rows;
  for (int i = 0; i < N; ++i) {
    std::copy_n(standardised.span(i).begin(), d, x.span(i).begin());
    x(i, d) = 1;
    rows.push_back(nodes.data() + nodes.size());
    for (int k = 0; k <= d; ++k) nodes.push_back({k + 1, x(i, k)});
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
    const OneVsRest task{x, std::move(y), N / (2 * inside), N / (2 * (N - inside))};
    auto w = by_liblinear(task, rows);
    finish(task, w);
    normals.bias.push_back(w.back());
    w.pop_back();
    normals.norm.push_back(std::sqrt(dot(w, w)));
    for (int k = 0; k < d; ++k) normals.weights(c, k) = w[k] / normals.norm.back();
  }
  return normals;
}

}  // namespace tsd::nback
