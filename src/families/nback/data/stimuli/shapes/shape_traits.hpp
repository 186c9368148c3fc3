// What makes one identity of the shape grammar differ from another.
#pragma once
#include "families/nback/data/stimuli/mesh.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::nback {

struct Traits {
  int kind;       // of body: airliner, biplane, ...; identities take turns, so that neighbours differ most
  Colour paint;   // main colour
  Colour accent;  // of contrasting parts
  Philox rng;

  double between(double low, double high) { return low + (high - low) * rng.random(); }
  bool chance(double p) { return rng.random() < p; }
  int one_of(int n) { return static_cast<int>(rng.below(n)); }
};

// hue in turns; saturation and value in 0..1. The result is linear.
Colour hsv(double hue, double saturation, double value);

inline constexpr int kAirplaneKinds = 6, kCarKinds = 6, kChairKinds = 7, kTableKinds = 7;
Mesh make_airplane(Traits& traits);
Mesh make_car(Traits& traits);
Mesh make_chair(Traits& traits);
Mesh make_table(Traits& traits);

}  // namespace tsd::nback
