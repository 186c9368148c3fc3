// Demixed principal components (Kobak, Brendel et al. 2016, doi:10.7554/eLife.10989): directions that show what
// depends on one parameter of the conditions, and little of the others.
#pragma once
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::math {

// Averages over trials [level of each factor, step, column].
struct Averages {
  std::span<const double> values;
  std::vector<int> levels;  // of each factor, at least 2
  int steps = 0, columns = 0;
};

struct DpcaSettings {
  int components = 3;      // of each part, fewer where its rank is less
  double regulariser = 0;  // times the sum of squares: lambda
  bool join_time = true;   // what factors do and what they do over time are one part
};

// With X_part = the means over what the part does not depend on, less parts of fewer factors, columns in rows:
//   C = X_part X^T (X X^T + lambda^2 I)^-1,  P: leading left singular vectors of C [X, lambda I],  D = C^T P
struct DpcaPart {
  std::vector<int> factors;   // that it depends on
  bool on_time = false;       // and on time; where times are joined, only of what depends on nothing else
  double variance = 0;        // part of the sum of squares that X_part has
  DenseD encoder, decoder;    // [component, column]: P and D, the largest entry of each row of P positive
  DenseD projected;           // [condition * step, component]: D^T X
  std::vector<double> ratio;  // sum of squares of each, over that of X
};
// None where nothing varies.
std::vector<DpcaPart> dpca(const Averages& data, const DpcaSettings& settings);

}  // namespace tsd::math
