#include "families/plastic/scalars.hpp"

#include <iterator>
#include <string_view>

namespace tsd::plastic {

Spread spread(std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float v : values) sum += v, squares += double{v} * v;
  const double n = static_cast<double>(values.size()), mean = sum / n;
  double deviations = 0;
  for (const float v : values) deviations += (v - mean) * (v - mean);
  return {std::sqrt(squares), mean, deviations / n};
}

ScalarTable::ScalarTable(const ModelSpec& network)
    : layers_(network.layers), plastic_(static_cast<std::size_t>(network.lambdas())) {
  for (const ScalarFacts& facts : kScalars) {
    const std::string_view dims = facts.dims;
    first_.push_back(width_);
    columns_.push_back(dims.empty() ? 1 : dims == ",layer" ? layers_.size() : plastic_);
    width_ += columns_.back();
  }
  applies_.assign(width_, 1);
  for (std::size_t i = 0; i < plastic_; ++i) {
    const bool one = network.layers[i].rates == Rates::scalar;
    for (const Scalar scalar : {Scalar::eta_norm, Scalar::eta_var, Scalar::eta_scalar})
      applies_[first_[static_cast<std::size_t>(scalar)] + i] = one == (scalar == Scalar::eta_scalar);
  }
}

std::vector<std::string> ScalarTable::tags() const {
  std::vector<std::string> tags;
  for (std::size_t s = 0; s < std::size(kScalars); ++s)
    for (std::size_t c = 1; c <= columns_[s]; ++c)
      tags.push_back(kScalars[s].tag + (*kScalars[s].dims == '\0' ? "" : std::to_string(c)));
  return tags;
}

std::vector<double> ScalarTable::row(const Layout& layout, const Numbers& numbers,
                                     std::span<const float> parameters) const {
  std::vector<double> row(width_);
  const auto set = [&](Scalar scalar, double value, std::size_t column = 0) {
    row[first_[static_cast<std::size_t>(scalar)] + column] = value;
  };
  const auto set_spread = [&](Scalar norm, Scalar variance, const Slot& slot, std::size_t column) {
    const Spread s = spread(parameters.subspan(slot.offset, slot.size()));
    set(norm, s.norm, column);
    set(variance, s.variance, column);
  };
  set(Scalar::step, static_cast<double>(numbers.step));
  set(Scalar::R, numbers.R);
  set(Scalar::loss, numbers.score.loss);
  set(Scalar::accuracy, double{numbers.score.accuracy()});
  set(Scalar::fpr, numbers.score.false_positive_rate());
  set(Scalar::fnr, numbers.score.false_negative_rate());
  set(Scalar::grad_norm, numbers.grad_norm);
  set_spread(Scalar::w_final_norm, Scalar::w_final_var, layout.w_final, 0);
  set_spread(Scalar::b_final_norm, Scalar::b_final_var, layout.b_final, 0);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    set_spread(Scalar::w_norm, Scalar::w_var, layout.weight[i], i);
    set_spread(Scalar::b_norm, Scalar::b_var, layout.bias[i], i);
  }
  for (std::size_t i = 0; i < plastic_; ++i) {
    set_spread(Scalar::eta_norm, Scalar::eta_var, layout.eta[i], i);
    set(Scalar::eta_scalar,
        layout.eta[i].shape.empty() ? double{rate_of(layers_[i], parameters[layout.eta[i].offset])} : NAN, i);
    double raw = 0, decay = 0;  // means, where there are several
    for (const float l : parameters.subspan(layout.lambda[i].offset, layout.lambda[i].size()))
      raw += l, decay += decay_of(layers_[i], l);
    set(Scalar::lambda_raw, raw / static_cast<double>(layout.lambda[i].size()), i);
    set(Scalar::lambda, decay / static_cast<double>(layout.lambda[i].size()), i);
  }
  return row;
}

}  // namespace tsd::plastic
