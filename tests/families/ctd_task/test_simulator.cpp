#include "families/ctd_task/simulator.hpp"

#include <cmath>
#include <numeric>

#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::ctd_task {
namespace {

std::vector<float> noise(std::size_t n) {
  Philox generator(4, "latents");
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(0.5 + 0.3 * generator.normal());
  return values;
}

}  // namespace

TEST_CASE("ctd simulator: neurons read units as NumPy permutes them", "[ctd_task]") {
  const SimulatorSettings settings;
  const auto latents = noise(20 * 50 * 64);
  const Recording r = simulate(settings, latents, 20, 50, 64);
  CHECK(std::vector<std::int64_t>(r.unit.begin(), r.unit.begin() + 6) ==
        std::vector<std::int64_t>{16, 36, 27, 8, 44, 23});  // ctd_task.md 11.1
  double sum = 0, squares = 0;
  for (std::size_t row = 0; row < 1000; ++row)
    for (std::size_t i = 0; i < 60; ++i) {
      const double x = latents[row * 64 + static_cast<std::size_t>(r.unit[i])];
      sum += x, squares += x * x;
    }
  const double mean = sum / 60000, std = std::sqrt(squares / 60000 - mean * mean);
  CHECK(r.mean.at(0) == Approx(mean).epsilon(1e-6));
  CHECK(r.std.at(0) == Approx(std).epsilon(1e-6));
  const double first = latents[16];
  CHECK(r.rates[0] == Approx(std::exp((first - mean) / (2 * std))).epsilon(1e-5));
}

TEST_CASE("ctd simulator: each neuron by itself, and a given mean rate", "[ctd_task]") {
  SimulatorSettings settings;
  settings.n_neurons_heldin = 3, settings.n_neurons_heldout = 1;
  settings.per_neuron = true;
  auto latents = noise(40 * 50 * 4);
  for (std::size_t k = 0; k < latents.size(); k += 4) latents[k] = 10 * latents[k] - 3;
  const Recording own = simulate(settings, latents, 40, 50, 4);
  settings.mean_rate = 0.2;
  const Recording scaled = simulate(settings, latents, 40, 50, 4);
  REQUIRE(own.mean.size() == 4);
  double all = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double sum = 0, squares = 0;
    for (std::size_t k = i; k < own.rates.size(); k += 4) {
      const double z = 2 * std::log(own.rates[k]);
      sum += z / 2000, squares += z * z / 2000, all += scaled.rates[k] / 8000;
    }
    CHECK(sum == Approx(0).margin(1e-5));
    CHECK(squares == Approx(1).epsilon(1e-5));
  }
  CHECK(all == Approx(0.2).epsilon(1e-6));
  CHECK(scaled.rates[5] / scaled.rates[0] == Approx(own.rates[5] / own.rates[0]).epsilon(1e-5));
}

TEST_CASE("ctd simulator: rectifiers", "[ctd_task]") {
  SimulatorSettings settings;
  settings.n_neurons_heldin = 2, settings.n_neurons_heldout = 1;
  const auto latents = noise(4 * 5 * 3);
  const auto rates = [&](Rectifier rectifier) {
    settings.rect_func = rectifier;
    return simulate(settings, latents, 4, 5, 3).rates;
  };
  const auto exp = rates(Rectifier::exp), softplus = rates(Rectifier::softplus),
             sigmoid = rates(Rectifier::sigmoid);
  for (std::size_t k = 0; k < exp.size(); ++k) {
    const double z = std::log(exp[k]), gain = std::pow(10, 0.2 + 0.8 * static_cast<double>(k % 3) / 2);
    CHECK(softplus[k] == Approx(std::log1p(exp[k])).epsilon(1e-5));
    CHECK(sigmoid[k] == Approx(2 / (1 + std::exp(-z * gain))).epsilon(1e-5));
  }
}

// ctd_task.md 11.10, at a constant rate of 1 per step; a standard error of the Fano factor is its size
// times sqrt(2 / n) for n counts, give or take the kurtosis. Below 1 the reference's binomial has D as its
// probability, and so a Fano factor of 1 - D.
TEST_CASE("ctd simulator: dispersion of counts", "[ctd_task]") {
  for (const double D : {0.3, 1.0, 2.5}) {
    CAPTURE(D);
    SimulatorSettings settings;
    settings.dispersion = D;
    settings.fr_scaling = 1e6;  // flat: every rate is exp(0) = 1
    const auto latents = noise(200 * 100 * 10);
    const Recording r = simulate(settings, latents, 200, 100, 10);
    const double n = static_cast<double>(r.counts.size());
    const double mean = std::accumulate(r.counts.begin(), r.counts.end(), 0.0) / n;
    double variance = 0;
    for (const double count : r.counts) variance += (count - mean) * (count - mean) / n;
    const double expected = D < 1 ? std::floor(1 / D) * D : 1;  // the binomial's n is cut to an integer
    CHECK(mean == Approx(expected).margin(5 * std::sqrt(D / n)));
    CHECK(variance / mean == Approx(D < 1 ? 1 - D : D).margin(5 * D * std::sqrt(6 / n)));
  }
}

TEST_CASE("ctd simulator: trimming and names of files", "[ctd_task]") {
  SimulatorSettings settings;
  CHECK(recording_name(settings) == "heldin_50_heldout_10_obs_noise_pseudoPoisson_dispersion_1.0_seed_0.h5");
  CHECK(trim_of(settings, 155).steps() == 155);
  settings.trim_inds = {5, -1};
  CHECK(trim_of(settings, 155).begin == 4);
  CHECK(trim_of(settings, 155).steps() == 150);
  settings.rect_func = Rectifier::sigmoid;
  settings.obs_noise = Counts::poisson;
  CHECK(recording_name(settings) == "heldin_50_heldout_10_rect_func_sigmoid_fr_scaling_2.0_seed_0.h5");
  CHECK(data_name(Nbff{}, 1000, 0) == "3BFF_1000S_500T_0seed_0.15");
  CHECK(data_name(MultiTask{}, 500, 100) == "MultiTask_500S_320T_100seed_0.3");
  RandomTarget aligned;
  aligned.is_aligned = true, aligned.max_ep_duration = 1.55;
  CHECK(data_name(aligned, 1000, 100) == "RandomTargetAligned_1000S_155T_100seed");
}

}  // namespace tsd::ctd_task
