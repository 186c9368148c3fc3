#include "families/nback/analysis/measures/linear.hpp"

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

// Positions of `labels` among `classes`.
std::vector<int> positions(std::span<const int> labels, const std::vector<int>& classes) {
  std::vector<int> found;
  for (int label : labels)
    found.push_back(static_cast<int>(std::find(classes.begin(), classes.end(), label) - classes.begin()));
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

std::vector<int> in_order_of_appearance(std::span<const int> labels) {
  std::vector<int> order;
  for (const int label : labels)
    if (std::find(order.begin(), order.end(), label) == order.end()) order.push_back(label);
  return order;
}

struct SvcProblem::Impl {
  std::shared_ptr<const Standardizer> standardizer;
  Dense x;  // standardised
  // libsvm's precomputed kernel: node 0 of a row is its number, from 1; node j holds the product with row j.
  std::vector<svm_node> nodes;
};

SvcProblem::SvcProblem(const Dense& x) : impl_(std::make_unique<Impl>()) {
  impl_->standardizer = std::make_shared<Standardizer>(x);
  impl_->x = (*impl_->standardizer)(x);
  const Dense gram = product(impl_->x, math::Form::plain, impl_->x, math::Form::transposed);
  impl_->nodes.reserve(static_cast<std::size_t>(x.rows) * (x.rows + 2));
  for (int i = 0; i < x.rows; ++i) {
    impl_->nodes.push_back({0, i + 1.0});
    for (int j = 0; j < x.rows; ++j) impl_->nodes.push_back({j + 1, gram(i, j)});
    impl_->nodes.push_back({-1, 0});
  }
}

SvcProblem::~SvcProblem() = default;

Svc SvcProblem::fit(std::span<const int> labels, std::span<const int> order_of_classes) const {
  const Dense& x = impl_->x;
  Svc svc;
  svc.standardizer_ = impl_->standardizer;
  svc.classes_ = classes_of(labels);
  if (!order_of_classes.empty())
    std::sort(svc.classes_.begin(), svc.classes_.end(), [&](int a, int b) {
      return std::find(order_of_classes.begin(), order_of_classes.end(), a) <
             std::find(order_of_classes.begin(), order_of_classes.end(), b);
    });
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
  const Dense decision = product((*standardizer_)(x), math::Form::plain, weights_, math::Form::transposed);
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

}  // namespace tsd::nback
