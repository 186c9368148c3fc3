#include "families/ctd/task/analysis/simulator.hpp"

#include <cmath>
#include <numbers>

#include "tsd/engine/rng/numpy_generator.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::ctd_task {

namespace {

std::vector<std::int64_t> stacked_permutations(NumpyGenerator& generator, int H, int neurons) {
  std::vector<std::int64_t> units;
  for (int done = 0; done < neurons; done += H)
    for (const auto unit : generator.permutation(H)) units.push_back(unit);
  units.resize(static_cast<std::size_t>(neurons));
  return units;
}

// Groups of neurons, one of all or one of each, to mean 0 and standard deviation 1 / fr_scaling.
void standardise(Recording& r, std::size_t groups, double fr_scaling) {
  std::vector<double> sum(groups), squares(groups);
  const std::size_t of_group = r.rates.size() / groups;
  const auto n = static_cast<double>(of_group);
  for (std::size_t k = 0; k < r.rates.size(); ++k) sum[k % groups] += r.rates[k];
  for (std::size_t k = 0; k < r.rates.size(); ++k)
    squares[k % groups] += std::pow(r.rates[k] - sum[k % groups] / n, 2);
  std::vector<float> scale;
  for (std::size_t g = 0; g < groups; ++g) {
    r.mean.push_back(static_cast<float>(sum[g] / n));
    r.std.push_back(static_cast<float>(std::sqrt(squares[g] / n)));
    scale.push_back(static_cast<float>(fr_scaling) * r.std[g]);
  }
  for (std::size_t k = 0; k < r.rates.size(); ++k)
    r.rates[k] = (r.rates[k] - r.mean[k % groups]) / scale[k % groups];
}

void scale_to(Recording& r, double mean_rate) {
  double sum = 0;
  for (const float x : r.rates) sum += x;
  const double gain = mean_rate * static_cast<double>(r.rates.size()) / sum;
  for (float& x : r.rates) x = static_cast<float>(x * gain);
}

void rectify(Recording& r, Rectifier rectifier) {
  const auto neurons = static_cast<std::size_t>(r.neurons);
  std::vector<float> gain(neurons, 1.0f);  // of the sigmoid
  for (std::size_t i = 0; i < neurons; ++i)
    gain[i] = static_cast<float>(std::pow(
        10, 0.2 + (neurons > 1 ? 0.8 * static_cast<double>(i) / static_cast<double>(neurons - 1) : 0)));
  for (std::size_t k = 0; k < r.rates.size(); ++k) {
    float& x = r.rates[k];
    switch (rectifier) {
      case Rectifier::exp:
        x = std::exp(x);
        break;
      case Rectifier::softplus:
        x = std::log(1 + std::exp(x));
        break;
      case Rectifier::sigmoid:
        x = 2 / (1 + std::exp(-x * gain[k % neurons]));
        break;
    }
  }
}

// Marsaglia & Tsang 2000, doi:10.1145/358407.358414
double gamma(NumpyGenerator& generator, double shape) {
  if (shape < 1) {
    const double u = 1 - generator.random();
    return gamma(generator, shape + 1) * std::pow(u, 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double radius = std::sqrt(-2 * std::log1p(-generator.random()));
    const double x = radius * std::cos(2 * std::numbers::pi * generator.random());
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - generator.random();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

// Poisson for D = 1, else negative binomial of Fano factor D above, binomial of probability D below.
double count_of(NumpyGenerator& generator, double rate, double D) {
  if (D == 1) return static_cast<double>(generator.poisson(rate));
  if (D > 1) return static_cast<double>(generator.poisson((D - 1) * gamma(generator, rate / (D - 1))));
  double count = 0;
  for (auto n = static_cast<std::int64_t>(rate / D); n > 0; --n) count += generator.random() < D;
  return count;
}

}  // namespace

Recording simulate(const SimulatorSettings& s, std::span<const float> latents, std::int64_t N, std::int64_t T,
                   int H) {
  Recording r;
  r.N = N, r.T = T, r.neurons = s.neurons();
  NumpyGenerator generator(s.seed);
  r.unit = stacked_permutations(generator, H, r.neurons);
  const auto rows = static_cast<std::size_t>(N * T), neurons = static_cast<std::size_t>(r.neurons),
             units = static_cast<std::size_t>(H);
  r.rates.resize(rows * neurons);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < neurons; ++i)
      r.rates[row * neurons + i] = latents[row * units + static_cast<std::size_t>(r.unit[i])];
  standardise(r, s.per_neuron ? neurons : 1, s.fr_scaling);
  rectify(r, s.rect_func);
  if (s.mean_rate) scale_to(r, *s.mean_rate);
  if (s.rect_func == Rectifier::sigmoid) generator.seed(s.seed);  // as the reference does
  NumpyLegacy legacy(static_cast<std::uint32_t>(s.seed));
  r.counts.reserve(r.rates.size());
  for (const float rate : r.rates)
    r.counts.push_back(s.obs_noise == Counts::poisson ? static_cast<double>(legacy.poisson(rate))
                                                      : count_of(generator, rate, s.dispersion));
  return r;
}

Trim trim_of(const SimulatorSettings& settings, std::int64_t T) {
  if (settings.trim_inds.empty()) return {0, T, 0};
  const std::int64_t a = settings.trim_inds[0], b = settings.trim_inds[1];
  return {a - 1, b < 0 ? T + b : b, static_cast<int>(a)};
}

namespace {
// As Python prints a float.
std::string python_number(double x) {
  const std::string text = number_text(x);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}
}  // namespace

std::string recording_name(const SimulatorSettings& s) {
  std::string name =
      "heldin_" + std::to_string(s.n_neurons_heldin) + "_heldout_" + std::to_string(s.n_neurons_heldout);
  if (s.rect_func != Rectifier::exp)
    name += std::string("_rect_func_") + (s.rect_func == Rectifier::softplus ? "softplus" : "sigmoid") +
            "_fr_scaling_" + python_number(s.fr_scaling);
  if (s.obs_noise != Counts::poisson)
    name += "_obs_noise_pseudoPoisson_dispersion_" + python_number(s.dispersion);
  return name + "_seed_" + std::to_string(s.seed) + ".h5";
}

}  // namespace tsd::ctd_task
