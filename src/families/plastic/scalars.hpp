// What is recorded of a run every so many iterations (plastic.md 6.1), as rows of numbers.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "families/plastic/model/backend.hpp"

namespace tsd::plastic {

struct ScalarFacts {
  const char* name;  // in results.h5
  const char* tag;   // of the original's event files; with more than one column, ends with its number from 1
  const char* dims;  // beyond the record
  const char* units;
  const char* meaning;
};

enum class Scalar {
  step,
  R,
  loss,
  accuracy,
  fpr,
  fnr,
  grad_norm,
  w_final_norm,
  w_final_var,
  b_final_norm,
  b_final_var,
  w_norm,
  w_var,
  b_norm,
  b_var,
  eta_norm,
  eta_var,
  eta_scalar,
  lambda_raw,
  lambda
};
inline constexpr ScalarFacts kScalars[] = {
    {"step", "iteration", "", "iterations", "iterations of this run before the record"},
    {"R", "R", "", "scenes", "repeat interval"},
    {"loss", "Performance/Training Loss", "", "nat", "cross entropy, mean over scenes, before the step"},
    {"accuracy", "Performance/Accuracy", "", "fraction", "scenes answered right"},
    {"fpr", "FPFN/false positive rate", "", "fraction", "novel scenes taken for familiar; NaN without any"},
    {"fnr", "FPFN/false negative rate", "", "fraction", "familiar scenes taken for novel; NaN without any"},
    {"grad_norm", "grad_norm", "", "", "Euclidean norm of the whole gradient"},
    {"w_final_norm", "wb/Norm of w_final", "", "", "norm of the readout weights, after the step"},
    {"w_final_var", "wb/Var of w_final", "", "", "population variance of the readout weights"},
    {"b_final_norm", "wb/Norm of b_final", "", "", "norm of the readout bias"},
    {"b_final_var", "wb/Var of b_final", "", "", "its variance, 0"},
    {"w_norm", "wb/Norm of w_", ",layer", "", "Frobenius norm of the static weights"},
    {"w_var", "wb/Var of w_", ",layer", "", "population variance of the static weights"},
    {"b_norm", "wb/Norm of b_", ",layer", "", "norm of the biases"},
    {"b_var", "wb/Var of b_", ",layer", "", "population variance of the biases"},
    {"eta_norm", "Synapse/Norm of Eta_", ",plastic layer", "", "norm of the learning rates"},
    {"eta_var", "Synapse/Var of Eta_", ",plastic layer", "", "population variance of the learning rates"},
    {"eta_scalar", "Synapse/Eta_", ",plastic layer", "",
     "learning rate, where it is one for all; NaN elsewhere"},
    {"lambda_raw", "Synapse/Lambda_", ",plastic layer", "",
     "decay parameter as trained; mean, where there are several"},
    {"lambda", "lambda_", ",plastic layer", "per frame", "decay factor, its sigmoid; likewise"},
};

struct Spread {
  double norm, mean, variance;  // Euclidean; population variance
};
Spread spread(std::span<const float> values);

// Columns of a row, in the order of kScalars.
class ScalarTable {
 public:
  explicit ScalarTable(const ModelSpec& network);
  std::size_t width() const { return width_; }
  std::size_t columns(std::size_t scalar) const { return columns_[scalar]; }
  std::size_t first(std::size_t scalar) const { return first_[scalar]; }
  std::vector<std::string> tags() const;
  // Does the network have what the column tells? A learning rate is one number or a matrix.
  bool applies(std::size_t column) const { return applies_[column] != 0; }

  struct Numbers {
    std::int64_t step;
    int R;
    const Score& score;
    double grad_norm;
  };
  std::vector<double> row(const Layout& layout, const Numbers& numbers,
                          std::span<const float> parameters) const;

 private:
  std::vector<Layer> layers_;
  std::size_t plastic_, width_ = 0;
  std::vector<std::size_t> columns_, first_;
  std::vector<char> applies_;
};

}  // namespace tsd::plastic
