#include "families/nback/data/stimuli/shapes/shape_grammar.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "families/nback/data/stimuli/shapes/shape_traits.hpp"

namespace tsd::nback {

Colour hsv(double hue, double saturation, double value) {
  const auto channel = [&](double n) {
    const double k = std::fmod(n + 6 * (hue - std::floor(hue)), 6.0);
    return value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0));
  };
  const double r = channel(5), g = channel(3), b = channel(1);
  return {r * r, g * g, b * b};  // about sRGB to linear
}

namespace {

struct Maker {
  std::string_view category;
  int kinds;
  Mesh (*make)(Traits&);
};
constexpr Maker kMakers[] = {{"airplane", kAirplaneKinds, make_airplane},
                             {"car", kCarKinds, make_car},
                             {"chair", kChairKinds, make_chair},
                             {"table", kTableKinds, make_table}};

}  // namespace

Mesh grammar_object(std::string_view category, int identity, std::uint64_t seed) {
  const auto maker =
      std::find_if(std::begin(kMakers), std::end(kMakers), [&](auto& m) { return m.category == category; });
  if (maker == std::end(kMakers))
    throw std::logic_error("shape grammar: no category " + std::string(category));

  // Hues a golden section apart keep any number of identities of a category distinct; categories share the
  // same hues.
  const double first_hue = Philox(seed, "hue/" + std::string(category)).random();
  Traits traits{
      identity % maker->kinds, {}, {}, Philox(seed, std::string(category) + "/" + std::to_string(identity))};
  const double hue = first_hue + 0.6180339887 * identity;
  traits.paint = hsv(hue, traits.between(0.6, 0.95), traits.between(0.6, 0.95));
  traits.accent = hsv(hue + traits.between(0.3, 0.7), traits.between(0.1, 0.8), traits.between(0.3, 0.95));
  Mesh mesh = maker->make(traits);
  normalise(mesh);
  return mesh;
}

}  // namespace tsd::nback
