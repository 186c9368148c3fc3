// How far two operators are from being one in different coordinates: the change of basis C that brings C B
// C^-1 closest to A (Ostrow et al. 2023; compare.md 7.5.3).
#pragma once
#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include "families/compare/config.hpp"
#include "tsd/io/array.hpp"
#include "tsd/nn/dense.hpp"

namespace tsd::compare {

// One optimisation of C by Adam, of |A - C B C^-1|^2 with A and B of unit norm. C is the Cayley transform of
// X3 - X3^T, or X3 itself for GL(n); X3 = tanh(tanh(X0 L1^T) L2^T) L3^T.
class BasisSearch {
 public:
  // Uniform initial layers from the generator `stream` of `seed`.
  BasisSearch(const nn::DenseD& a, const nn::DenseD& b, DsaGroup group, double learning_rate,
              std::uint64_t seed, const std::string& stream);

  void advance(std::int64_t updates);
  double loss() const { return loss_; }  // before the last update
  nn::DenseD basis() const;              // C, in double precision

  Arrays save(const std::string& prefix) const;
  void load(const Arrays& saved, const std::string& prefix);

 private:
  struct Work;
  // Gradient with respect to X3 where it stands; the loss there.
  double gradient_of_rotation(Work& w) const;
  double gradient_of_linear_map(Work& w) const;
  void forward(Work& w) const;
  void backward(Work& w) const;

  int n_;
  DsaGroup group_;
  double learning_rate_;
  nn::Dense<float> a_, b_;
  std::vector<float> parameters_, first_, second_;  // X0, L1, L2, L3, [n, n] each; Adam's moments
  std::int64_t updates_ = 0;
  double loss_ = 0;
};

nn::DenseD unit_norm(const nn::DenseD& a);
// With rows and columns 0 and 1 swapped: O(n) is SO(n) and its image under this.
nn::DenseD swapped(const nn::DenseD& b);

// Between A and C B C^-1, both of unit norm.
double angular_distance(const nn::DenseD& a, const nn::DenseD& b, const nn::DenseD& basis, DsaGroup group);
double euclidean_distance(const nn::DenseD& a, const nn::DenseD& b, const nn::DenseD& basis, DsaGroup group);

// Cost of optimal transport between points of equal weight, with squared Euclidean costs.
double transport_cost(const std::vector<std::complex<double>>& from,
                      const std::vector<std::complex<double>>& to);

}  // namespace tsd::compare
