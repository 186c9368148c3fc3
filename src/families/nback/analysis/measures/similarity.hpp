// How alike two sets of states are that saw the same trials, whatever their units (nback.md 7.10).
#pragma once
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::nback {

using Dense = math::DenseD;

// Linear CKA of X and Y [N, H], N trials (Kornblith et al. 2019), with Xc the columns less their means:
//   |Yc^T Xc|_F^2 / (|Xc^T Xc|_F |Yc^T Yc|_F) = <Kx, Ky> / (|Kx| |Ky|), Kx = Xc Xc^T,
// the cosine() of their centred_gram()s. 1 for states that differ by a rotation and a factor.
std::vector<double> centred_gram(const Dense& x);  // [N N]

// RSA (Kriegeskorte et al. 2008): dissimilarities of all pairs of trials i < j, 1 - r with r the correlation of
// their states over units; two sets are compared by Spearman's rank correlation of them, which is the cosine()
// of their centred_ranks(). To 2^-32, so that trials with equal states tie, as rounding would not let them. NaN
// for a trial whose units are all alike.
std::vector<double> dissimilarities(const Dense& x);
// 1 for pairs of trials with different labels, 0 for others: a model to compare with.
std::vector<double> dissimilarities(std::span<const int> labels);
// Ranks less their mean, equal values at the mean of their ranks; all NaN where a value is.
std::vector<double> centred_ranks(std::span<const double> values);

double cosine(std::span<const double> a, std::span<const double> b);  // NaN where one has no length

// What both comparisons need of a set of states.
struct Likeness {
  explicit Likeness(const Dense& states);
  std::vector<double> gram, ranks;

  static double bytes(int trials);  // that one holds
};
double cka(const Likeness& a, const Likeness& b);
double rsa(const Likeness& a, const Likeness& b);

}  // namespace tsd::nback
