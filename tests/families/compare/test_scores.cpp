// Scores against the hand values of compare.md 11.1.
#include "families/compare/scores.hpp"

#include <cmath>

#include "families/compare/summary.hpp"
#include "support/catch.hpp"

namespace tsd::compare {

TEST_CASE("scores: cycle consistency keeps what the read-out sees", "[scores]") {
  const std::vector<float> train = {1, 0, -1, 0, 0, 1, 0, -1}, val = {1, .5f, -1, -.5f, .5f, -1, -.5f, 1};
  std::vector<float> log_rates;
  for (std::size_t i = 0; i < train.size(); i += 2)
    log_rates.insert(log_rates.end(), {10 * train[i], train[i + 1], 0});
  const Columns latents(train, 2), rates(log_rates, 3), held(val, 2);
  const Cycle loose = cycle_consistency(latents, rates, held, 0.01);  // 100 / 101 is enough
  CHECK(loose.n_components == 1);
  CHECK(loose.r2 == Approx(0.5));
  CHECK(loose.singular_values[0] == Approx(10));
  const Cycle strict = cycle_consistency(latents, rates, held, 0.0099);
  CHECK(strict.n_components == 2);
  CHECK(strict.r2 == Approx(1));
}

// scipy.stats.t.ppf(0.5 + confidence / 2, df)
TEST_CASE("summary: quantiles of Student's distribution", "[scores]") {
  CHECK(student_quantile(1, 0.95) == Approx(12.706204736174694).epsilon(1e-10));
  CHECK(student_quantile(2, 0.95) == Approx(4.302652729749462).epsilon(1e-10));
  CHECK(student_quantile(4, 0.95) == Approx(2.7764451051977934).epsilon(1e-10));
  CHECK(student_quantile(9, 0.99) == Approx(3.249835541592126).epsilon(1e-10));
}

TEST_CASE("summary: spread of a group without what is not finite", "[scores]") {
  const Spread s = spread({1, 2, 3, kUndefined}, 0.95);
  CHECK(s.n == 3);
  CHECK(s.mean == 2);
  CHECK(s.sd == 1);
  CHECK(s.half_width == Approx(4.302652729749462 / std::sqrt(3.0)));
}

TEST_CASE("series: steps behind a trial's length don't count", "[scores]") {
  const Series s{2, 3, 1, {0, 1, 2, 3, 4, 5}};
  const Rows all = counted(s, {3, 3}), some = counted(s, {2, 1});
  CHECK(std::vector<float>(all.values.begin(), all.values.end()) == s.values);
  CHECK(std::vector<float>(some.values.begin(), some.values.end()) == std::vector<float>{0, 1, 3});
}

}  // namespace tsd::compare
