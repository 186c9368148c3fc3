// Ridge regression, factor analysis and GPFA against scikit-learn and elephant (scripts/reference/oracles/baselines.py).
#include <cmath>

#include "support/catch.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/math/factor_analysis.hpp"
#include "tsd/math/gpfa.hpp"
#include "tsd/math/ridge.hpp"

namespace tsd::math {
namespace {

constexpr int kSteps = 20, kNeurons = 7;

const Arrays& golden() {
  static const Arrays all =
      read_safetensors(TSD_SOURCE_DIR "/tests/golden/baselines.safetensors", Checksum::if_present).arrays;
  return all;
}
std::span<const double> expected(const std::string& name) { return find(golden(), name).as<double>(); }
std::span<const float> data() { return find(golden(), "data").as<float>(); }

// Columns [first, last) of the data's rows.
std::vector<float> columns(int first, int last) {
  std::vector<float> some;
  for (std::size_t k = 0; k < data().size(); ++k)
    if (const int j = static_cast<int>(k % kNeurons); j >= first && j < last) some.push_back(data()[k]);
  return some;
}

template <class Values>
double farthest(const Values& got, std::span<const double> wanted) {
  REQUIRE(got.size() == wanted.size());
  double most = 0;
  for (std::size_t k = 0; k < wanted.size(); ++k) most = std::max(most, std::fabs(got[k] - wanted[k]));
  return most;
}

// z W of each row, which knows nothing of the factors' signs.
std::vector<double> seen(std::span<const float> z, const DenseD& loadings) {
  std::vector<double> all;
  for (std::size_t k = 0; k < z.size(); k += static_cast<std::size_t>(loadings.rows))
    for (int j = 0; j < loadings.columns; ++j) {
      double sum = 0;
      for (int f = 0; f < loadings.rows; ++f) sum += z[k + static_cast<std::size_t>(f)] * loadings(f, j);
      all.push_back(sum);
    }
  return all;
}
std::vector<double> seen(const std::string& model) {
  const auto z = expected(model + "/factors"), w = expected(model + "/loadings");
  DenseD loadings(static_cast<int>(w.size()) / kNeurons, kNeurons);
  std::copy(w.begin(), w.end(), loadings.values.begin());
  return seen(std::vector<float>(z.begin(), z.end()), loadings);
}

}  // namespace

TEST_CASE("baselines: ridge regression is scikit-learn's, and so is its choice of a penalty") {
  const auto given = columns(0, 5), wanted = columns(5, 7);
  const Columns x(given, 5), y(wanted, 2);
  CHECK(farthest(ridge(x, y, 3).weights.values, expected("ridge/weights")) < 1e-9);
  constexpr double kPenalties[] = {1e-2, 1e-1, 1, 1e1, 1e2, 1e3};  // scikit-learn takes 10
  const Regression chosen = cross_validated_ridge(x, y, kPenalties);
  CHECK(farthest(chosen.weights.values, expected("ridge/chosen")) < 1e-9);
  CHECK(farthest(predict(chosen, given), expected("ridge/predicted")) < 1e-6);  // single precision
}

TEST_CASE("baselines: factor analysis is scikit-learn's") {
  const auto model = factor_analysis(Columns(data(), kNeurons), 2);
  CHECK(farthest(model.noise, expected("factor_analysis/noise")) < 1e-8);
  CHECK(farthest(seen(factors_of(model, data()), model.loadings), seen("factor_analysis")) < 1e-5);
}

TEST_CASE("baselines: Gaussian-process factor analysis is elephant's") {
  GpfaSettings settings;
  settings.factors = 2, settings.iterations = 40;
  const Sequences sequences{data(), kSteps, kNeurons};
  const GpfaFit fit = fit_gpfa(sequences, settings);
  const auto course = expected("gpfa/log_likelihood");
  REQUIRE(fit.log_likelihood.size() == course.size());
  // The optimiser of elephant's time constants ends within 1e-5 of the optimum; what it misses is second order.
  for (std::size_t k = 0; k < course.size(); ++k)
    CHECK(fit.log_likelihood[k] == Approx(course[k]).epsilon(1e-5));
  CHECK(farthest(fit.model.offset, expected("gpfa/offset")) < 1e-3);
  CHECK(farthest(fit.model.noise, expected("gpfa/noise")) < 1e-4);
  CHECK(farthest(fit.model.gamma, expected("gpfa/gamma")) < 1e-4);
  CHECK(farthest(seen(factors_of(fit.model, sequences), fit.model.loadings), seen("gpfa")) < 2e-3);
  // Nothing is known of later steps in the end but that factors go back to zero.
  const auto later = factors_of(fit.model, sequences, 200);
  CHECK(later.size() == 12 * 220 * 2);
  CHECK(std::fabs(later[219 * 2]) < 1e-3);
  CHECK(later[19 * 2] == factors_of(fit.model, sequences)[19 * 2]);
}

}  // namespace tsd::math
