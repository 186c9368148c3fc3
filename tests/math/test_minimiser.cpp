// Minimisation by questions and answers.
#include <cmath>

#include "support/catch.hpp"
#include "tsd/math/minimiser.hpp"

using tsd::math::Minimiser;

namespace {

// Two valleys; the lower one near (0.7, 0.2), where the tail of the other moves it by 4e-4.
double valleys(const std::vector<double>& x) {
  const auto well = [&](double a, double b, double width) {
    return std::exp(-((x[0] - a) * (x[0] - a) + (x[1] - b) * (x[1] - b)) / width);
  };
  return -well(0.7, 0.2, 0.04) - 0.6 * well(0.2, 0.8, 0.1);
}

std::vector<std::vector<double>> course(Minimiser& minimiser, int most = 1 << 30) {
  std::vector<std::vector<double>> all;
  for (auto x = minimiser.ask(); x && most-- > 0; x = minimiser.ask()) {
    all.push_back(*x);
    minimiser.tell(valleys(*x));
  }
  return all;
}

std::vector<double> best_of(const std::vector<std::vector<double>>& points) {
  return *std::min_element(points.begin(), points.end(),
                           [](const auto& a, const auto& b) { return valleys(a) < valleys(b); });
}

}  // namespace

TEST_CASE("minimiser: finds the lower of two valleys, where a local search stays in the other", "[math]") {
  Minimiser global({7, 1000, {0.25, 0.75}, false}), local({7, 1000, {0.25, 0.75}, true});
  const auto found = best_of(course(global)), stayed = best_of(course(local));
  CHECK(found[0] == Approx(0.7).margin(1e-3));
  CHECK(found[1] == Approx(0.2).margin(1e-3));
  CHECK(stayed[0] == Approx(0.2).margin(0.01));
}

TEST_CASE("minimiser: asks the same after the same answers, also beside others, and no more than it may",
          "[math]") {
  Minimiser one({3, 300, {0.5, 0.5}, false}), two({3, 300, {0.5, 0.5}, false}),
      other({4, 300, {0.5, 0.5}, false});
  const auto whole = course(one);
  CHECK(whole.size() == 300);
  CHECK_FALSE(one.ask());
  std::vector<std::vector<double>> beside, others;
  for (int i = 0; i < 300; ++i) {  // in turn: each has a random stream of its own
    for (auto* m : {&two, &other}) {
      const auto x = m->ask();
      REQUIRE(x);
      (m == &two ? beside : others).push_back(*x);
      m->tell(valleys(*x));
    }
  }
  CHECK(beside == whole);
  CHECK(others != whole);
  Minimiser left({3, 300, {0.5, 0.5}, false});
  course(left, 10);  // is taken down in the middle
}

TEST_CASE("minimiser: stays in the box, and away from where there is no value", "[math]") {
  Minimiser minimiser({1, 400, {0.5}, false});
  double least = 1e9, at = 0;
  for (auto x = minimiser.ask(); x; x = minimiser.ask()) {
    CHECK((0 <= (*x)[0] && (*x)[0] <= 1));
    const double value = (*x)[0] < 0.3 ? NAN : (*x)[0];
    if (value < least) {
      least = value;
      at = (*x)[0];
    }
    minimiser.tell(value);
  }
  CHECK(at == Approx(0.3).margin(1e-3));
}
