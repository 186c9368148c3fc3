// The two linear classifiers of nback.md 7, on rows of states: C-SVC by libsvm, L2-SVC by Newton's
// method.
// Labels are small whole numbers; classes are those that occur, in ascending order unless another is given.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::nback {

using Dense = math::DenseD;

// Mean and population SD per column; a column without spread is divided by 1.
struct Standardizer {
  std::vector<double> mean, sd;

  explicit Standardizer(const Dense& x);
  Dense operator()(const Dense& x) const;
};

std::vector<int> classes_of(std::span<const int> labels);
std::vector<int> in_order_of_appearance(std::span<const int> labels);

// One-vs-one with voting; on equal votes the class that comes first. Weights of each pair of classes are
// kept, so that prediction is one product.
class Svc {
 public:
  std::vector<int> predict(const Dense& x) const;
  const std::vector<int>& classes() const { return classes_; }

 private:
  friend class SvcProblem;
  std::shared_ptr<const Standardizer> standardizer_;
  std::vector<int> classes_;
  Dense weights_;             // [pairs, columns], pairs (0, 1), (0, 2), .. (1, 2), ..
  std::vector<double> bias_;  // [pairs]
};

// Points with their Gram matrix, shared by the decoders of all properties. C = 1, hinge loss, free bias,
// class weights N / (K N_c).
class SvcProblem {
 public:
  explicit SvcProblem(const Dense& x);
  ~SvcProblem();
  // At least two classes. `order`: of all of them, or more.
  Svc fit(std::span<const int> labels, std::span<const int> order = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Unit normals of one-vs-rest L2-SVC in standardised coordinates:
//   1/2 (|w|^2 + b^2) + sum_i C_i max(0, 1 - y_i (w x_i + b))^2,  C_i = N / (2 N of i's side)
// The optimum is unique, and is found to about twelve digits.
struct Normals {
  std::vector<int> classes;
  Dense weights;                   // [classes, columns], unit length
  std::vector<double> norm, bias;  // before normalisation
};

// Points of which the normals of several properties are wanted.
class NormalsProblem {
 public:
  explicit NormalsProblem(const Dense& x);
  Normals fit(std::span<const int> labels) const;

 private:
  Dense x_;     // standardised, with a last column of ones
  Dense gram_;  // x x^T, where there are no more points than columns
};
Normals l2_svc(const Dense& x, std::span<const int> labels);

}  // namespace tsd::nback
