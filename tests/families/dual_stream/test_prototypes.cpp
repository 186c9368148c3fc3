// The fast streams that preceded the published ones, alone, on the two Gaussian categories in a fixed order,
// against dual_stream.md 11.6 (four digits) and scripts/reference/oracles/dual_stream/prototypes.py.
#include <algorithm>
#include <cmath>

#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"

namespace tsd::dual_stream::test {
namespace {

Config prototype(FastName fast) {
  Config c;
  c.fast = fast;
  c.slow = SlowName::none;
  c.task = Task::new_stimuli;
  c.shuffle = false;
  c.loss_fn = LossKind::crossentropy;
  c.n_runs = 1;
  c.epochs = 10;
  return c;
}

Config gaussian(FastName fast, double momentum, double lr_units) {
  Config c = prototype(fast);
  c.fast_config.covariance = Covariance::full;
  c.fast_config.momentum = momentum;
  c.fast_config.lr_units = lr_units;
  return c;
}

struct Course {
  std::vector<double> right, p;  // [epoch]
  std::vector<std::size_t> recruitments;
  int groups = 0;
};

Course course_of(Simulation& s) {
  Course course;
  const std::size_t width = values_per_trial(2);
  for (std::size_t epoch = 0; epoch < 10; ++epoch) {
    const auto values = s.run(epoch, 0, 100)[0].values;
    double right = 0, p = 0;
    for (std::size_t t = 0; t < 100; ++t) {
      right += values[t * width + acc_fast] / 100.0;
      p += (1 - values[t * width + lc_fast]) / 100.0;
      if (values[t * width + recruited] > 0) course.recruitments.push_back(epoch * 100 + t);
    }
    course.right.push_back(right);
    course.p.push_back(p);
  }
  course.groups = static_cast<int>(s.read(s.layout.active)[0]);
  return course;
}

// Single precision in another order of operations: 2e-6 on means of 100 trials, and what the course
// amplifies.
void check(const Course& course, const std::vector<double>& right, const std::vector<double>& p,
           double tolerance = 2e-6) {
  for (std::size_t epoch = 0; epoch < right.size(); ++epoch) {
    CAPTURE(epoch);
    CHECK(course.right[epoch] == Approx(right[epoch]).margin(1e-9));
    CHECK(std::abs(course.p[epoch] - p[epoch]) < tolerance);
  }
}

}  // namespace

TEST_CASE("dual stream prototypes: Gaussian units with full covariances and momentum", "[dual_stream]") {
  Simulation s(gaussian(FastName::distr_learner, 0.05, 0.005));
  const Course course = course_of(s);
  check(course, {0.99, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98, 0.98},
        {0.919316, 0.967270, 0.975285, 0.976888, 0.977128, 0.976818, 0.976967, 0.977483, 0.977290, 0.978459});
  CHECK(course.groups == 20);
  const std::vector<std::size_t> first(course.recruitments.begin(), course.recruitments.begin() + 6);
  CHECK(first == std::vector<std::size_t>{0, 50, 101, 150, 201, 250});
}

TEST_CASE("dual stream prototypes: a learner whose units are used up rests after errors", "[dual_stream]") {
  Config c = gaussian(FastName::distr_learner, 0, 0.002);
  c.loss_fn = LossKind::bcelogits;
  c.fast_config.max_nunits = 8;
  c.fast_config.if_full = IfFull::rest;
  Simulation s(c);
  check(course_of(s), {0.99, 0.98, 0.99, 0.98, 0.99, 0.97, 0.97, 0.97, 0.97, 0.97},
        {0.879287, 0.964670, 0.977510, 0.977269, 0.979896, 0.966238, 0.973823, 0.974356, 0.974722, 0.974963});
}

TEST_CASE("dual stream prototypes: several Gaussian units with full covariances at once", "[dual_stream]") {
  Config c = gaussian(FastName::distr_learner_mu, 0, 0.002);
  c.loss_fn = LossKind::bcelogits;
  Simulation s(c);
  const Course course = course_of(s);
  check(course, {0.99, 0.98, 0.98, 0.98, 0.97, 0.98, 0.98, 0.98, 0.98, 0.97},
        {0.934202, 0.964459, 0.971981, 0.975031, 0.973525, 0.981919, 0.977599, 0.977905, 0.980496, 0.970924},
        1e-5);
  CHECK(course.groups == 22);  // 110 units
}

// Places are the first numbers of PyTorch's generator, seed 5.
TEST_CASE("dual stream prototypes: the densest of units that stand anywhere answer at once",
          "[dual_stream]") {
  Config c = gaussian(FastName::distr_learner_wta_mu, 0.05, 0.05);
  c.init_seed = 5;
  Simulation s(c);
  const Course course = course_of(s);
  check(course, {0.92, 0.96, 0.99, 0.99, 0.99, 0.94, 0.94, 0.94, 0.94, 0.94},
        {0.701243, 0.793281, 0.877689, 0.922337, 0.946358, 0.893054, 0.908111, 0.933289, 0.936839, 0.939953},
        1e-5);
  CHECK(course.recruitments.front() == 50);  // without votes all are of class 0, as the first 50 items are
  const auto flags = s.read(s.layout.active);
  CHECK(std::ranges::count(flags, 1.0f) == 155);
}

TEST_CASE("dual stream prototypes: the densest unit answers alone", "[dual_stream]") {
  Simulation s(gaussian(FastName::distr_learner_wta, 0.05, 0.005));
  const Course course = course_of(s);
  check(course, {0.99, 1, 1, 1, 0.99, 0.97, 1, 1, 1, 1},
        {0.909726, 0.984523, 0.990370, 0.992885, 0.978011, 0.936553, 0.987429, 0.993057, 0.995686, 0.997013},
        1e-5);
  CHECK(course.recruitments == std::vector<std::size_t>{0, 50, 450, 511, 513, 516, 522, 550, 594});
}

TEST_CASE("dual stream prototypes: exemplars", "[dual_stream]") {
  const std::vector<double> right = {0.90, 0.96, 0.98, 0.98, 0.98, 0.98, 0.98, 0.99, 0.99, 0.99};
  Config c = prototype(FastName::exemplar);
  c.fast_config.attn_type = "none";
  Simulation none(c);
  Course course = course_of(none);
  check(course, right,
        {0.759195, 0.882567, 0.923657, 0.941659, 0.950440, 0.955719, 0.959310, 0.961954, 0.964009, 0.965671});
  CHECK(course.groups == 88);

  c.fast_config.attn_type = "dim";
  Simulation dim(c);
  check(course_of(dim), right,
        {0.759155, 0.882555, 0.923603, 0.941448, 0.950141, 0.955410, 0.959041, 0.961750, 0.963883, 0.965626});
  CHECK(dim.read(dim.layout.attention)[0] == Approx(0.471517).margin(2e-6));

  c.fast = FastName::exemplar_mu;
  Simulation several(c);
  course = course_of(several);
  check(course, {0.97, 0.97, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99},
        {0.890894, 0.958097, 0.969603, 0.973600, 0.975406, 0.976585, 0.977482, 0.978222, 0.978862, 0.979437});
  CHECK(several.read(several.layout.attention)[0] == Approx(0.478655).margin(2e-6));
  CHECK(several.layout.active.size() == 1);
  CHECK(course.groups == 88);  // of five
}

TEST_CASE("dual stream prototypes: exemplars as Gaussians", "[dual_stream]") {
  Config c = prototype(FastName::exemplar_kde);
  c.fast_config.attn_type = "single";
  Simulation single(c);
  const Course course = course_of(single);
  check(course, {0.99, 0.86, 0.84, 0.87, 0.96, 0.98, 0.99, 0.99, 0.99, 0.99},
        {0.963690, 0.799441, 0.772010, 0.817206, 0.930353, 0.969302, 0.971726, 0.977295, 0.981206, 0.981678},
        1e-5);
  CHECK(course.groups == 88);
  const auto L = single.read(single.layout.attention);
  CHECK(L.size() == 4);
  CHECK(L[0] == Approx(0.407365).margin(2e-5));
  CHECK(L[2] == Approx(0.371439).margin(2e-5));
  CHECK(L[3] == Approx(0.202748).margin(2e-5));

  c.fast_config.attn_type = "pernode";
  Simulation each(c);
  const Course own = course_of(each);
  CHECK(own.right[0] == Approx(0.99));
  CHECK(std::abs(own.p[0] - 0.967653) < 2e-6);
  CHECK(std::isnan(own.p[1]));  // a factor's diagonal is no longer positive
}

}  // namespace tsd::dual_stream::test
