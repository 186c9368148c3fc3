// Rotations of states in a plane: jPCA (Churchland, Cunningham et al. 2012, doi:10.1038/nature11129).
#pragma once
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::math {

// Courses [condition, step, column].
struct Conditions {
  std::span<const float> values;
  int steps = 0, columns = 0;

  int count() const { return static_cast<int>(values.size()) / steps / columns; }
};

struct JpcaSettings {
  int components = 6;     // principal components that rotations are looked for in
  double softening = 5;   // columns are divided by their range and this
  bool less_mean = true;  // at each step the mean over conditions is taken away
};

// Of x' - x = M x in principal components, x and x' successive steps of a condition, M = -M^T by least squares.
struct Jpca {
  std::vector<double> variance_ratio;  // of the principal components
  DenseD skew;                         // M
  std::vector<double> frequency;       // of each plane, radians a step, descending
  DenseD planes;                       // [2 planes, components]: two orthonormal rows of each
  DenseD projected;                    // [condition * step, 2 planes]
  std::vector<double> plane_variance;  // part of the components' variance in each plane
  double r2 = 0, r2_free = 0;          // of the differences, by M and by any matrix
};
Jpca jpca(const Conditions& data, const JpcaSettings& settings);

}  // namespace tsd::math
