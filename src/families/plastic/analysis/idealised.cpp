#include "families/plastic/analysis/idealised.hpp"

#include <cmath>
#include <numbers>

#include "tsd/math/statistics.hpp"

namespace tsd::plastic {

namespace {

constexpr double kNovel = 2.0 / 3;  // fraction of scenes that are stored

double tail(double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }

// In standard deviations of the input of a neuron that has not seen the scene.
struct Signal {
  double threshold, step, decay;  // step: of a scene just stored
};

Signal signal(const Idealised& m) {
  const double threshold = -math::normal_quantile(m.false_positives);
  const double step = (threshold + math::normal_quantile(m.true_positives)) * std::exp(0.5);
  return {threshold, step, 1 - step * step * kNovel / (2 * m.inputs * m.neurons)};
}

}  // namespace

IdealisedRates idealised_rates(const Idealised& model, double R) {
  const Signal s = signal(model);
  return {tail(s.threshold - s.step * std::pow(s.decay, R - 1)), tail(s.threshold)};
}

double idealised_capacity(const Idealised& model) { return 1 - 0.5 / std::log(signal(model).decay); }

}  // namespace tsd::plastic
