// Intervals by the profile of the likelihood, against SciPy's and what is known in advance.
#include <cmath>

#include "families/dual_stream/fit/fit_experiment.hpp"
#include "families/dual_stream/fit/profile.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace tsd;
using namespace tsd::dual_stream;
using tsd::test::TemporaryDirectory;

namespace {

RunContext context(int threads) {
  RunContext all;
  all.seed = 4;
  all.threads = threads;
  return all;
}

// ALCOVE with its noise known, and the answers that scripts/reference/oracles/dual_stream/profile_likelihood.py made up.
Config made_up() {
  Config c;
  c.fast = static_cast<FastName>(static_cast<int>(FastName::first_rival) + 1);
  c.slow = SlowName::none;
  c.task = Task::shj;
  c.problem_types = {2, 4};
  c.rival_parameters[1] = {2, 0.05, 0.2, 0.2};
  c.n_runs = 1;
  c.epochs = 2;
  c.fit.target = TSD_SOURCE_DIR "/tests/families/dual_stream/profile_answers.csv";
  c.fit.measure = Measure::likelihood;
  c.fit.parameters = {"alcove.c", "alcove.lambda_a", "alcove.lambda_w"};
  c.fit.linear = {"alcove.lambda_a"};
  c.fit.low = {0.5, 0, 0.01};
  c.fit.high = {15, 2, 0.9};
  c.fit.starts = 1;
  c.fit.evaluations = 300;
  c.fit.profile = true;
  return c;
}

struct Fitted {
  explicit Fitted(FitExperiment& fit) : file(folder / "results.h5") {
    for (std::int64_t steps = 0; !fit.finished(); ++steps) {
      REQUIRE(steps < fit.total_steps());
      fit.step();
    }
    Hdf5Writer writer(file);
    fit.write_results(writer);
    writer.close();
  }
  std::vector<double> operator[](const std::string& path) const {
    const Array array = Hdf5Reader(file).dataset(path);
    return {array.as<double>().begin(), array.as<double>().end()};
  }

  TemporaryDirectory folder;
  std::filesystem::path file;
};

// A course of - ln L that is exactly normal: (x - 0.4)^2 / (2 0.05^2) with the other free, which follows as 0.3 + x.
double normal(const std::vector<double>& place) {
  const double away = (place[0] - 0.4) / 0.05, off = (place[1] - 0.3 - place[0]) / 0.1;
  return 10 + (away * away + off * off) / 2;
}

ProfileSide walked(int direction, double (*value)(const std::vector<double>&)) {
  ProfileSide side({0, direction, {{0.4, 0.7}, 10}, 200, 1});
  while (const auto place = side.ask()) side.tell(value(*place));
  return side;
}

math::Interval interval_of(double (*value)(const std::vector<double>&)) {
  std::vector<ProfilePoint> all = {{{0.4, 0.7}, 10}};
  for (const int direction : {-1, 1}) {
    const ProfileSide side = walked(direction, value);
    all.insert(all.end(), side.points().begin(), side.points().end());
  }
  return profile_interval(all, 0);
}

}  // namespace

// The other parameter is refitted: without that the interval would be 0.05 / sqrt(1.25) wide.
TEST_CASE("profile: of a normal likelihood the interval is 1.96 standard errors to each side",
          "[dual_stream]") {
  const math::Interval interval = interval_of(normal);
  CHECK(interval.low == Approx(0.4 - 1.959964 * 0.05).margin(1e-4));
  CHECK(interval.high == Approx(0.4 + 1.959964 * 0.05).margin(1e-4));
}

TEST_CASE("profile: it ends where there is no value, and is open where the range ends before it",
          "[dual_stream]") {
  const math::Interval broken = interval_of([](const std::vector<double>& place) {
    return place[0] > 0.45 ? std::nan("") : 10 + std::abs(place[0] - 0.4);
  });
  CHECK(std::isnan(broken.low));
  CHECK(broken.high == Approx(0.45).margin(2e-3));
  const ProfileSide flat = walked(1, [](const std::vector<double>&) { return 10.0; });
  CHECK(flat.points().back().place[0] == 1);
  CHECK(flat.points().size() < kMostProfilePoints);
  const ProfileSide none({0, 1, {{0.4, 0.7}, HUGE_VAL}, 200, 1});
  CHECK_FALSE(none.ask());
}

// Nelder-Mead and Brent's method of SciPy 1.17, with ALCOVE written anew.
TEST_CASE("profile: intervals of ALCOVE's parameters are SciPy's", "[dual_stream]") {
  FitExperiment fit(made_up(), context(2));
  const Fitted results(fit);
  CHECK(results["/fit/value"][0] == Approx(350.231714).margin(1e-3));
  const std::vector<double> low = {2.415577, 0.055034, 0.105689}, high = {3.445217, 0.237484, 0.179172};
  for (std::size_t p = 0; p < 3; ++p) {
    CHECK(results["/fit/profile/low"][p] == Approx(low[p]).epsilon(0.005));
    CHECK(results["/fit/profile/high"][p] == Approx(high[p]).epsilon(0.005));
  }
  const auto likelihood = results["/fit/profile/log_likelihood"];
  CHECK(*std::ranges::max_element(likelihood) == -results["/fit/value"][0]);
}

TEST_CASE("profile: an end beyond what was searched is not told", "[dual_stream]") {
  Config c = made_up();
  c.fit.parameters = {"alcove.c"};
  c.fit.linear.clear();
  c.fit.low = {2.7};
  c.fit.high = {15};
  c.rival_parameters[1] = {2.9, 0.05, 0.122443, 0.141106};
  FitExperiment fit(c, context(2));
  const Fitted results(fit);
  CHECK(results["/fit/best"][0] == Approx(2.81015).epsilon(1e-3));
  CHECK(std::isnan(results["/fit/profile/low"][0]));
  CHECK(results["/fit/profile/high"][0] > 2.9);
}

TEST_CASE("profile: of each participant, and goes on as if it had never stopped", "[dual_stream]") {
  Config c = made_up();
  c.fit.individual = true;
  c.fit.evaluations = 20;
  FitExperiment whole(c, context(1));
  const Fitted results(whole);
  CHECK(results["/fit/individual/low"].size() == 8 * 3);
  const auto values_of = [](const FitExperiment& fit) {
    const Arrays state = fit.state();
    const auto values = find(state, "profile_values").as<double>();
    return std::vector<double>(values.begin(), values.end());
  };
  for (const int steps : {11, 20, 33}) {
    FitExperiment half(c, context(2)), rest(c, context(1));
    for (int i = 0; i < steps; ++i) half.step();
    rest.restore(half.state());
    const Fitted again(rest);
    CHECK(values_of(rest) == values_of(whole));
  }
  c.fit.individual = false;
  c.fit.bootstrap = 2;  // they begin when the profiles are at their end
  c.fit.starts = 2;
  FitExperiment both(c, context(2));
  const Fitted of_both(both);
  FitExperiment half(c, context(2)), rest(c, context(1));
  while (half.state().size() == 2) half.step();
  const std::size_t searches = find(half.state(), "counts").as<std::int64_t>().size();
  while (find(half.state(), "counts").as<std::int64_t>().size() == searches) half.step();
  rest.restore(half.state());
  const Fitted of_rest(rest);
  CHECK(of_rest["/fit/bootstrap/best"] == of_both["/fit/bootstrap/best"]);
  CHECK(values_of(rest) == values_of(both));
}

TEST_CASE("profile: squared differences have none", "[dual_stream]") {
  Config c = made_up();
  c.fit.target = std::nullopt;
  c.fit.measure = Measure::rmsd;
  Problems problems;
  check(c, problems);
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].key == "fit.profile");
}
