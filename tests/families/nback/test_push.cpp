// Pushes of a state: what they move, and how far.
#include "families/nback/analysis/measures/push.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

// Two values. Units 0 and 1 hold them with noise, at SD near 1, unit 3 as well as they do, at SD 1e-3; unit 2
// is noise.
struct Planted {
  Dense states{400, 4};
  std::vector<int> labels;

  Planted() {
    Philox rng(7, "test");
    for (int i = 0; i < states.rows; ++i) {
      labels.push_back(i % 2 == 0 ? 2 : 5);
      const double side = i % 2 == 0 ? -1 : 1;
      for (int k = 0; k < 3; ++k) states(i, k) = (k < 2 ? 0.8 * side : 0) + 0.6 * rng.normal();
      states(i, 3) = 1e-3 * (0.8 * side + 0.6 * rng.normal());
    }
  }
};

std::vector<double> moved(const Pushes& pushes, Push push, int label, double distance) {
  std::vector<double> state(4, 0.0);
  pushes.move(state, push, label, distance);
  return state;
}

}  // namespace

TEST_CASE("push: a unit that hardly varies does not rule a push", "[push]") {
  const Planted planted;
  const Pushes pushes(planted.states, planted.labels);
  for (const Push push : {Push::own_normal, Push::own_mean}) {
    INFO(name_of(push));
    const auto step = moved(pushes, push, 5, 2);
    CHECK(std::abs(step[3]) < 1e-2);  // SD 1e-3, times at most a few
    CHECK(step[0] + step[1] > 0.5);   // towards the value, by units that hold it
    CHECK(pushes.length(push, 5, 2) > 0.5);
  }
  // The normal of raw states, w / SD: almost all of it is unit 3, so that two SD along it are some 2e-3 long.
  const Standardizer standardizer(planted.states);
  const auto normals = l2_svc(planted.states, planted.labels);
  double squares = 0;
  for (int k = 0; k < 4; ++k) squares += std::pow(normals.weights(1, k) / standardizer.sd[k], 2);
  CHECK(std::abs(normals.weights(1, 3) / standardizer.sd[3]) > 0.99 * std::sqrt(squares));
}

TEST_CASE("push: distances are those that are said", "[push]") {
  const Planted planted;
  const Pushes pushes(planted.states, planted.labels);
  // Class means: -0.8 and 0.8 in units 0 and 1, 0 in unit 2, each mean of 200 known to 0.04.
  const auto to_mean = moved(pushes, Push::own_mean, 2, 1);
  CHECK(to_mean[0] == Approx(-1.6).margin(0.3));
  CHECK(to_mean[2] == Approx(0).margin(0.3));
  CHECK(to_mean[3] == Approx(-1.6e-3).margin(3e-4));
  double square = 0;
  for (const double x : to_mean) square += x * x;
  CHECK(pushes.length(Push::own_mean, 2, 1) == Approx(std::sqrt(square)));
  CHECK(pushes.length(Push::own_mean, 2, -3) == Approx(3 * std::sqrt(square)));

  // One SD along a normal moves the standardised states by one SD along it.
  const Standardizer standardizer(planted.states);
  const auto normals = l2_svc(planted.states, planted.labels);
  const auto step = moved(pushes, Push::own_normal, 5, 1);
  double along = 0, mean = 0, squares = 0;
  for (int k = 0; k < 4; ++k) along += step[k] / standardizer.sd[k] * normals.weights(1, k);
  const Dense z = standardizer(planted.states);
  for (int i = 0; i < z.rows; ++i) {
    double one = 0;
    for (int k = 0; k < 4; ++k) one += z(i, k) * normals.weights(1, k);
    mean += one / z.rows;
    squares += one * one / z.rows;
  }
  CHECK(along == Approx(std::sqrt(squares - mean * mean)));
}

TEST_CASE("push: a value that was never seen is moved by the mean of the normals only", "[push]") {
  Planted planted;
  const std::vector<double> nowhere(4, 0.0);
  CHECK(moved(Pushes(planted.states, planted.labels), Push::mean_normal, 5, 1) ==
        nowhere);  // two: they cancel
  for (int i = 0; i < planted.states.rows; i += 4) planted.labels[i] = 7;
  const Pushes pushes(planted.states, planted.labels);
  CHECK(moved(pushes, Push::own_normal, 3, 1) == nowhere);
  CHECK(pushes.length(Push::own_mean, 3, 1) == 0);
  CHECK(moved(pushes, Push::mean_normal, 3, 1) == moved(pushes, Push::mean_normal, 5, 1));
  CHECK(moved(pushes, Push::mean_normal, 3, 1) != nowhere);
}
