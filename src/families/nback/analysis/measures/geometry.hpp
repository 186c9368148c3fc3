// Geometry of class normals and of clouds of states (nback.md 7.2, 7.3, 7.6).
#pragma once
#include <numeric>
#include <span>
#include <vector>

#include "tsd/engine/rng/philox.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::nback {

using Dense = math::DenseD;

inline double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
Dense cosines(const Dense& normals);  // of unit rows, [K, K]
// 1 - mean of |cos| over pairs of unit rows; 0 for fewer than two.
double orthogonalization(const Dense& normals);
// The same for K independent random directions in d dimensions (expectation), and for the corners of a
// symmetric simplex of K classes.
double random_orthogonalization(int d);
double simplex_orthogonalization(int K);
Dense random_directions(int K, int d, Philox& rng);  // unit rows

// The orthogonal R that brings `from` R nearest to `to`, rows of both [K, d]: U V^T of from^T to = U S V^T.
// Only its part between the row spaces is determined, and only this part, U_r V_r^T, is kept.
class Alignment {
 public:
  Alignment(const Dense& from, const Dense& to);
  Dense operator()(const Dense& rows) const;
  // Coordinates of rows of `from` in its space, and of points that rotated rows are multiplied with in the
  // space of `to`: rotated rows times points is their product. Between them a random orthogonal map [rank,
  // rank] can stand.
  Dense inside(const Dense& rows) const;
  Dense seen_from_inside(const Dense& points) const;
  Dense random(Philox& rng) const;

  const std::vector<double>& singular_values() const { return singular_values_; }
  int rank() const { return left_.columns; }
  double nuclear_norm() const;
  double residual() const { return residual_; }  // squared Frobenius norm of from R - to

 private:
  void fix_signs();

  Dense left_, right_;  // [d, rank]
  std::vector<double> singular_values_;
  double residual_ = 0;
};

Dense unit_rows(Dense rows);
// Of each row of x the class whose weights give the largest product.
std::vector<int> nearest(const Dense& x, const Dense& weights, const std::vector<int>& classes);

Dense columns_centred(const Dense& x);  // less the mean of each
double mean_norm(const Dense& x);
double participation_ratio(const Dense& x);                // tr(C)^2 / |C|_F^2
double sparsity(const Dense& x, double threshold = 0.05);  // share of |x_ij| < threshold max_i |x_ij|
double gini(const Dense& x);                               // of all |x_ij|
// Mean over groups of at least three rows, and over units that are active, of the variance of |x| over its
// mean; cv2: over its squared mean.
struct Variability {
  double fano = 0, cv2 = 0;
};
Variability variability(const Dense& x, std::span<const int> group, int ddof);

}  // namespace tsd::nback
