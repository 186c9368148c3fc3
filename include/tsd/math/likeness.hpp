// How alike two sets of states of the same rows are, whatever their units: from second moments, so that rows may be
// many. Columns may be more in one than in the other.
#pragma once
#include "tsd/math/regression.hpp"

namespace tsd::math {

// Linear centred kernel alignment |Sxy|^2 / (|Sxx| |Syy|), S sums of products of centred columns (Kornblith et al.
// 2019): 1 for states that differ by a rotation and a factor.
double cka(const Columns& x, const Columns& y);

// What is left of unit squares when y is shifted, scaled and turned onto x, the narrower one filled up with zeros:
// 1 - (sum of singular values of Sxy)^2 / (tr Sxx tr Syy), as scipy.spatial.procrustes's disparity.
double procrustes(const Columns& x, const Columns& y);

// Descending, as many as the narrower one has directions.
std::vector<double> canonical_correlations(const Columns& x, const Columns& y);

}  // namespace tsd::math
