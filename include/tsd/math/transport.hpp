// Optimal transport between two sets of points of the plane.
#pragma once
#include <complex>
#include <vector>

namespace tsd::math {

// Cost of optimal transport between points of equal weight, with squared Euclidean costs.
double transport_cost(const std::vector<std::complex<double>>& from,
                      const std::vector<std::complex<double>>& to);

}  // namespace tsd::math
