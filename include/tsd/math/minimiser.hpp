// Bounded minimisation without gradients that asks for values instead of calling a function, so that its owner
// decides when, where and beside what they are worked out, and can go on later: the same answers bring the same
// questions.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tsd::math {

class Minimiser {
 public:
  struct Options {
    std::uint64_t seed = 0;
    int evaluations = 1000;     // at most
    std::vector<double> start;  // in [0, 1] of each dimension
    bool local = false;         // only around the start
  };
  // Over [0, 1]^start.size(): controlled random search (CRS2) for half of the evaluations, then subplex
  // (Sbplx) from the best point, twice; both as in NLopt.
  explicit Minimiser(Options options);
  ~Minimiser();
  Minimiser(Minimiser&&) noexcept;

  // Where a value is wanted; the same until tell(). Nothing: at its end.
  std::optional<std::vector<double>> ask() const;
  void tell(double value);  // of the point asked for; what is not finite counts as very bad

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsd::math
