// Linear systems with inputs, x' = A x + B u: fitted to courses, and how far two of them are from being one in other
// coordinates (InputDSA: Huang, Ostrow et al. 2025, arXiv:2510.25943).
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "tsd/math/dense.hpp"

namespace tsd::math {

// One trial: outputs [step, columns], inputs [step, inputs].
struct Driven {
  std::span<const float> outputs, inputs;
  int columns = 0, n_inputs = 0;

  int steps() const { return columns == 0 ? 0 : static_cast<int>(outputs.size()) / columns; }
};

struct LinearSystem {
  DenseD A, B;
  std::vector<double> singular_values;  // of what the rank was taken from
};

struct SystemSettings {
  int delays = 1;
  std::optional<int> rank;  // none: dmdc all, n4sid the least with 99.9 % of the squared singular values
  double ridge = 0;
};

// Dynamic mode decomposition with control: h' = A h + B u, h the last `delays` outputs, newest first, in the `rank`
// leading directions of h'. Trials don't run into each other.
LinearSystem dmdc(const std::vector<Driven>& trials, const SystemSettings& settings);

// Subspace identification (N4SID, Van Overschee & De Moor 1994) with `delays` past and future steps: for outputs of
// fewer dimensions than the state. NumericError where the rank is beyond what the data have.
LinearSystem n4sid(const std::vector<Driven>& trials, const SystemSettings& settings);

// With C = U V^T of K2 K1^T = U S V^T, K = [B, A B, A^T B, A^2 B, ..]: |C A1 C^T - A2|, |C B1 - B2|, and |K1 - C^T K2|;
// `released` is |K1 - C K2|, which the published package gives. As angles: arccos of the cosine of the same pairs.
// Frobenius norms. The systems have as many states and inputs.
struct SystemDistance {
  double state = 0, control = 0, joint = 0, released = 0;
};
// All NaN where K of either is not finite: powers of an unstable A overflow.
SystemDistance distance(const LinearSystem& a, const LinearSystem& b, bool as_angles);
// The same with their K, for who compares many; an empty one is not finite.
DenseD controllability(const LinearSystem& system);
SystemDistance distance(const LinearSystem& a, const DenseD& K1, const LinearSystem& b, const DenseD& K2,
                        bool as_angles);

}  // namespace tsd::math
