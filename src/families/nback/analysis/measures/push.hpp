// Directions in which a state is pushed to ask what its codes do (nback.md 7.5 5, Q14).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "families/nback/analysis/measures/linear.hpp"

namespace tsd::nback {

// Normals are those of one-vs-rest decoders of standardised states, and a push along them is a push of the
// standardised state: unit k moves in proportion to its SD. (A normal divided by the SDs, which gives the
// same decoder of raw states, would push the units most that vary least.) Distances are in SD of the states
// along the normal. Class means: distance 1 is from the mean of the other values' states to that of the
// value.
enum class Push { mean_normal, own_normal, own_mean };
constexpr Push kPushes[] = {Push::mean_normal, Push::own_normal, Push::own_mean};
std::string name_of(Push push);

class Pushes {
 public:
  // States [N, H] and the values they hold; at least two values.
  Pushes(const Dense& states, std::span<const int> labels);

  // `state` holds `label`; one of an unknown value is moved by the mean of the normals only.
  void move(std::span<double> state, Push push, int label, double distance) const;
  // How far that is: |dx|.
  double length(Push push, int label, double distance) const;

 private:
  std::span<const double> step(Push push, int label) const;  // for distance 1; empty: none

  std::vector<int> classes_;
  Dense mean_, normal_, to_mean_;  // [1, H], [classes, H] twice
};

}  // namespace tsd::nback
