#include "families/nback/analysis/cognition.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

namespace tsd::nback {

using math::Form;

namespace {

std::vector<double> vector_of(const Arrays& weights, const std::string& name) {
  const auto values = find(weights, name, "weights").as<float>();
  return {values.begin(), values.end()};
}

Dense matrix_of(const Arrays& weights, const std::string& name) {
  const Array& array = find(weights, name, "weights");
  Dense m(static_cast<int>(array.shape[0]), static_cast<int>(array.shape[1]));
  std::ranges::copy(array.as<float>(), m.values.begin());
  return m;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

void normalise(std::span<double> row, std::span<const double> gamma, std::span<const double> beta) {
  const double n = static_cast<double>(row.size());
  double mean = 0, squares = 0;
  for (const double value : row) mean += value / n;
  for (const double value : row) squares += (value - mean) * (value - mean) / n;
  for (std::size_t k = 0; k < row.size(); ++k)
    row[k] = (row[k] - mean) / std::sqrt(squares + 1e-5) * gamma[k] + beta[k];
}

void soften(std::span<double> row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& value : row) sum += value = std::exp(value - largest);
  for (double& value : row) value /= sum;
}

void rectify(Dense& x) {
  for (double& value : x.values) value = std::max(0.0, value);
}

}  // namespace

Dense Cognition::Linear::operator()(const Dense& x) const {
  Dense y = product(x, Form::plain, weight, Form::transposed);
  for (int i = 0; i < y.rows; ++i)
    for (int k = 0; k < y.columns; ++k) y(i, k) += bias[k];
  return y;
}

Cognition::Cognition(const Arrays& weights, const ModelSpec& spec)
    : cell_(spec.cell), H_(spec.H), levels_(spec.levels) {
  const auto linear = [&](const std::string& name) {
    return Linear{matrix_of(weights, name + ".weight"), vector_of(weights, name + ".bias")};
  };
  pre_ = linear("cognitive.pre.0");
  gamma_ = vector_of(weights, "cognitive.pre.1.weight");
  beta_ = vector_of(weights, "cognitive.pre.1.bias");
  const auto side = [&](const std::string& name) {
    return Linear{matrix_of(weights, "cognitive.rnn.weight_" + name),
                  vector_of(weights, "cognitive.rnn.bias_" + name)};
  };
  for (int l = 0; l < spec.layers; ++l)
    layers_.push_back({side("ih_l" + std::to_string(l)), side("hh_l" + std::to_string(l))});
  if (spec.classifier_layers.empty()) classifier_.push_back(linear("classifier"));
  for (std::size_t i = 0; !spec.classifier_layers.empty() && i <= spec.classifier_layers.size(); ++i)
    classifier_.push_back(linear("classifier." + std::to_string(2 * i)));
}

Cognition::State Cognition::rest(int N) const {
  State state;
  state.h.assign(layers_.size(), Dense(N, H_));
  if (cell_ == Cell::lstm) state.c = state.h;
  return state;
}

Dense Cognition::drive(const Dense& attended, const Dense& task) const {
  Dense x(attended.rows, H_ + task.columns);
  for (int i = 0; i < x.rows; ++i) {
    std::copy_n(attended.row(i), H_, x.row(i));
    std::copy_n(task.row(i), task.columns, x.row(i) + H_);
  }
  Dense z = pre_(x);
  for (int i = 0; i < z.rows; ++i) normalise(z.span(i), gamma_, beta_);
  rectify(z);
  return layers_[0].input(z);
}

void Cognition::step(State& state, const Dense& drive) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Dense input = l == 0 ? drive : layers_[l].input(state.h[l - 1]);
    update(input, layers_[l].hidden(state.h[l]), state, l);
  }
}

// PyTorch's gate order: r, z, n of a gru; i, f, g, o of an lstm.
void Cognition::update(const Dense& input, const Dense& hidden, State& state, std::size_t layer) const {
  Dense& h = state.h[layer];
  for (int i = 0; i < h.rows; ++i)
    for (int k = 0; k < H_; ++k) {
      const auto sum = [&](int gate) { return input(i, gate * H_ + k) + hidden(i, gate * H_ + k); };
      if (cell_ == Cell::rnn) {
        h(i, k) = std::tanh(sum(0));
      } else if (cell_ == Cell::gru) {
        const double update = sigmoid(sum(1));
        const double candidate = std::tanh(input(i, 2 * H_ + k) + sigmoid(sum(0)) * hidden(i, 2 * H_ + k));
        h(i, k) = (1 - update) * candidate + update * h(i, k);
      } else {
        double& c = state.c[layer](i, k);
        c = sigmoid(sum(1)) * c + sigmoid(sum(0)) * std::tanh(sum(2));
        h(i, k) = sigmoid(sum(3)) * std::tanh(c);
      }
    }
}

Dense Cognition::probabilities(const Dense& h) const {
  Dense x = classifier_[0](h);
  for (std::size_t l = 1; l < classifier_.size(); ++l) {
    rectify(x);
    x = classifier_[l](x);
  }
  for (int i = 0; i < x.rows; ++i) soften(x.span(i));
  return x;
}

}  // namespace tsd::nback
