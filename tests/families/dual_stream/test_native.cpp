// The native kernel against the plain LibTorch streams, and against itself in other groups.
#include <cmath>

#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"
#include "tsd/nn/accelerator.hpp"

namespace tsd::dual_stream::test {
namespace {

struct Case {
  const char* name;
  Config config;
  double
      tolerance;  // of logits and parameters after the trials: single precision times what the trials amplify
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const char* name, Config c, double tolerance, const auto& change) {
    c.n_runs = 3;
    change(c);
    all.push_back({name, c, tolerance});
  };
  add("distribution learner", distribution_config(), 2e-6, [](Config&) {});
  add("full covariance", distribution_config(), 1e-5, [](Config& c) {
    c.fast_config.covariance = Covariance::full;
    c.fast_config.lr_nn = 0.025;
  });
  add("several units at once", distribution_config(), 2e-6, [](Config& c) {
    c.fast = FastName::distr_learner_mu;
    c.fast_config.attn_weighting = 0.05;
  });
  add("clustering", clustering_config(), 5e-6, [](Config& c) { c.problem_types = {3}; });
  add("clustering with a temperature", clustering_config(), 5e-6, [](Config& c) {
    c.fast_config.temp_competition = "0.5";
    c.fast_config.r = 1;
  });
  add("multi-unit clustering", multiunit_config(), 2e-6, [](Config& c) { c.fast_config.n_units = 6000; });
  add("multi-unit clustering, Euclidean", multiunit_config(), 2e-5, [](Config& c) {
    c.fast_config.n_units = 3000;
    c.fast_config.r = 2;
    c.fast_config.lr_attn = 0.3;
  });
  add("Gaussian units of which one answers", distribution_config(), 1e-5, [](Config& c) {
    c.fast = FastName::distr_learner_wta;
    c.fast_config.covariance = Covariance::full;
    c.fast_config.lr_nn = 0.025;
  });
  add("Gaussian units of which several answer", distribution_config(), 1e-5, [](Config& c) {
    c.fast = FastName::distr_learner_wta_mu;
    c.fast_config.lr_nn = 0.025;
    c.fast_config.momentum = 0.05;
    c.fast_config.lr_units = 0.01;
    c.slow_config.mom = 0.1;
    c.fast_config.max_nunits = 103;
    c.fast_config.k = 0.05;
  });
  add("Gaussian units that are used up", distribution_config(), 2e-6, [](Config& c) {
    c.fast_config.max_nunits = 2;
    c.fast_config.if_full = IfFull::rest;
  });
  add("several exemplars at once", distribution_config(), 2e-6, [](Config& c) {
    c.fast = FastName::exemplar_mu;
    c.fast_config.max_nunits = 303;
  });
  add("exemplars as Gaussians", distribution_config(), 1e-5, [](Config& c) {
    c.fast = FastName::exemplar_kde;
    c.fast_config.lr_attn = 0.001;
  });
  add("wide network", distribution_config(), 5e-6, [](Config& c) { c.slow_config.n_units = 70; });
  add("network alone, with momentum", distribution_config(), 2e-6, [](Config& c) {
    c.fast = FastName::none;
    c.slow_config.mom = 0.3;
    c.slow_config.networks_depth = 2;
  });
  add("fast stream alone, with momentum", distribution_config(), 2e-6, [](Config& c) {
    c.slow = SlowName::none;
    c.loss_fn = LossKind::crossentropy;
    c.fast_config.momentum = 0.2;
  });
  return all;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
  return largest;
}

void check_alike(const Case& c, const Pass& pass) {
  INFO(c.name);
  nn::accelerator().set_threads(1);  // the operations are tiny
  Simulation native(c.config), plain(c.config, false);
  const std::size_t trials = native.stimuli.items() == 8 ? 8 : 60;
  const auto fast = native.run(0, 0, trials, pass), slow = plain.run(0, 0, trials, pass);
  for (std::size_t member = 0; member < native.runs; ++member) {
    CAPTURE(member);
    CHECK(largest_difference(fast[member].values, slow[member].values) < c.tolerance);
    CHECK(largest_difference(native.group->save(member), plain.group->save(member)) < c.tolerance);
    if (native.model.has_fast() && native.model.fast.kind != FastKind::distribution)
      CHECK(largest_difference(fast[member].attention, slow[member].attention) < c.tolerance);
  }
  const auto before = native.group->save(0);
  CHECK(largest_difference(before, Simulation(c.config).group->save(0)) > 1e-4);  // something was learnt
}

}  // namespace

TEST_CASE("dual stream: native and plain streams learn alike", "[dual_stream]") {
  for (const Case& c : cases()) check_alike(c, {});
}

TEST_CASE("dual stream: a gate and separate losses, native and plain", "[dual_stream]") {
  Pass gated, apart;
  gated.gate = 0.4f;
  apart.own_losses = true;
  check_alike(cases()[0], gated);
  check_alike(cases()[3], gated);
  check_alike(cases()[0], apart);
}

TEST_CASE("dual stream: replay teaches the slow stream alone, native and plain", "[dual_stream]") {
  const Case c = cases()[0];
  Simulation native(c.config), plain(c.config, false);
  native.run(0, 0, 20);
  plain.run(0, 0, 20);
  Pass replay;
  replay.recruit = replay.learn_fast = false;
  replay.fast_teaches = true;
  const auto before = native.group->save(0);
  native.run(0, 20, 5, replay);
  plain.run(0, 20, 5, replay);
  const auto after = native.group->save(0);
  CHECK(std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(native.layout.fast_size),
                   after.begin()));
  CHECK(before != after);
  CHECK(largest_difference(after, plain.group->save(0)) < c.tolerance);
}

TEST_CASE("dual stream: a participant's numbers do not depend on its group", "[dual_stream]") {
  for (Case c : cases()) {
    INFO(c.name);
    c.config.n_runs = 5;
    c.config.epochs = 2;
    Simulation together(c.config), alone(c.config, true, 3, 4);
    const auto trials = static_cast<std::size_t>(together.stimuli.items());
    for (const std::size_t epoch : {0, 1})
      CHECK(together.run(epoch, 0, trials)[3].values == alone.run(epoch, 0, trials)[0].values);
    CHECK(together.group->save(3) == alone.group->save(0));
  }
}

TEST_CASE("dual stream: a wide network's numbers are those of one in lanes", "[dual_stream]") {
  Config c = distribution_config();
  c.n_runs = 3;
  c.slow_config.n_units = 70;  // not a multiple of a vector
  Simulation wide(c), lanes(c);
  REQUIRE(wide.model.slow.wide);
  lanes.model.slow.wide = false;
  lanes.group = native_group(lanes.model, lanes.layout, 3);
  const auto states = initial_states(c, 1, lanes.model, lanes.layout, 1);
  for (std::size_t i = 0; i < 3; ++i) lanes.group->load(i, states[i]);
  const auto check = [&](std::size_t from, std::size_t trials) {
    const auto one = wide.run(0, from, trials), other = lanes.run(0, from, trials);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(one[i].values == other[i].values);
      CHECK(wide.group->save(i) == lanes.group->save(i));
    }
  };
  check(0, 60);
  for (int i = 0; i < 20 * 2 * 70; ++i) wide.dropout.push_back(i % 3 == 0 ? 0 : 1.5f);
  lanes.dropout = wide.dropout;
  check(60, 20);
}

}  // namespace tsd::dual_stream::test
