// Detection and similarity beside SciPy 1.17 and NumPy.
#include <cmath>

#include "families/nback/analysis/measures/detection.hpp"
#include "families/nback/analysis/measures/similarity.hpp"
#include "support/catch.hpp"

using namespace tsd::nback;

TEST_CASE("detection: d' and criterion with half a trial added", "[analysis]") {
  const auto check = [](const Detection& counts, double d_prime, double criterion) {
    CHECK(counts.d_prime() == Approx(d_prime).epsilon(1e-12));
    CHECK(counts.criterion() == Approx(criterion).epsilon(1e-12).margin(1e-14));
  };
  check({50, 45, 50, 5}, 2.47616067109422, 0);
  check({20, 20, 30, 0}, 4.1219505176193, 0.0802228621623697);  // finite without an error
  check({10, 3, 12, 7}, -0.666817263416194, 0.139380489284171);
  Detection counts;
  counts.add(true, true);
  counts.add(true, false);
  counts += Detection{2, 2, 0, 0};
  CHECK(counts.hit_rate() == 0.75);
  CHECK(std::isnan(counts.alarm_rate()));
  CHECK(std::isnan(counts.d_prime()));
}

namespace {

// X of nback.md 11.3.
Dense points(double phase) {
  Dense x(40, 6);
  for (int i = 0; i < x.rows; ++i)
    for (int k = 0; k < x.columns; ++k)
      x(i, k) =
          std::sin(0.9 * i + 1.7 * k + 0.3 * i * k + phase) + 1.5 * std::cos(1.1 * (i % 4) * (k + 1) + phase);
  return x;
}

}  // namespace

TEST_CASE("similarity: CKA and RSA as by NumPy and SciPy", "[analysis]") {
  const Likeness x(points(0)), y(points(0.4));
  CHECK(cka(x, y) == Approx(0.941720732235395).epsilon(1e-12));
  CHECK(rsa(x, y) == Approx(0.846996511778012).epsilon(1e-12));
  CHECK(Likeness::bytes(points(0).rows) == static_cast<double>(8 * (x.gram.size() + x.ranks.size())));
  CHECK(cka(x, x) == Approx(1));
  CHECK(rsa(x, x) == Approx(1));
  std::vector<int> labels;
  for (int i = 0; i < 40; ++i) labels.push_back(i % 4);
  CHECK(cosine(x.ranks, centred_ranks(dissimilarities(labels))) == Approx(0.55508829760346).epsilon(1e-12));
}

TEST_CASE("similarity: CKA does not see a rotation, a factor and a shift", "[analysis]") {
  const Dense x = points(0);
  Dense y = x;
  for (int i = 0; i < x.rows; ++i) {
    y(i, 0) = 3 * (0.6 * x(i, 0) - 0.8 * x(i, 1)) + 5;
    y(i, 1) = 3 * (0.8 * x(i, 0) + 0.6 * x(i, 1)) - 2;
    for (int k = 2; k < x.columns; ++k) y(i, k) = 3 * x(i, k);
  }
  CHECK(cka(Likeness(x), Likeness(y)) == Approx(1).epsilon(1e-12));
}

TEST_CASE("similarity: equal values share the mean of their ranks; what has no spread is no number",
          "[analysis]") {
  const double values[] = {2, 1, 2, 5};
  CHECK(centred_ranks(values) == std::vector<double>{0, -1.5, 0, 1.5});
  Dense flat = points(0);
  for (double& value : flat.span(3)) value = 7;
  CHECK(std::isnan(rsa(Likeness(flat), Likeness(points(0)))));
}
