// How long does a trial of one participant take on one core, natively with participants in lanes, and as
// plain LibTorch, and how far is it from the arithmetic limit: three multiply-adds per weight of the slow
// stream (forward, deltas, update) at the rate of a large float32 matrix product in the same run? Asked: 0.6
// us for the distribution learner, 1.0 us for several units at once, 0.5 us for config3, 10 us for
// config1_multi, over the lanes of a vector.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cstdio>
#include <functional>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/model/initial.hpp"
#include "medians.hpp"

namespace tsd::dual_stream {
namespace {

Config distribution(FastName fast, int n_units) {
  Config c;
  c.fast = fast;
  c.task = Task::new_stimuli;
  c.epochs = n_units > 500 ? 2 : 40;
  c.fast_config.lr_nn = 0.001;
  c.fast_config.attn_weighting = fast == FastName::distr_learner ? 0.02 : 0.05;
  c.slow_config.n_units = n_units;
  return c;
}

Config cube(FastName fast) {
  Config c;
  c.fast = fast;
  c.task = Task::shj;
  c.problem_types = {3};
  c.epochs = 350;
  c.slow_config.lr = 0.75;
  if (fast == FastName::multiunit_clustering) {
    c.epochs = 32;
    c.loss_fn = LossKind::crossentropy;
    c.fast_config.r = 1;
    c.slow_config.lr = 0.0075;
  }
  return c;
}

struct Case {
  const char* name;
  Config config;
  int participants;   // 0: one per lane
  const char* asked;  // us
};

std::vector<Case> cases() {
  const Config several = distribution(FastName::distr_learner_mu, 25);
  return {{"distribution learner, 25", distribution(FastName::distr_learner, 25), 0, "0.6"},
          {"multi-unit, 25", several, 0, "1.0"},
          {"multi-unit, 25, ten runs", several, 10, "-"},
          {"multi-unit, 128, ten runs", distribution(FastName::distr_learner_mu, 128), 10, "-"},
          {"multi-unit, 1024, one run", distribution(FastName::distr_learner_mu, 1024), 1, "-"},
          {"clustering, config3", cube(FastName::clustering), 0, "0.5"},
          {"config1_multi", cube(FastName::multiunit_clustering), 0, "10"}};
}

int participants_of(const Case& c) { return c.participants == 0 ? kernel_lanes() : c.participants; }

Layout layout_of(const Case& c) {
  const Stimuli stimuli = c.config.task == Task::shj ? shj(c.config.problem_types) : new_stimuli();
  return Layout(c.config.spec(stimuli.D, stimuli.K, stimuli.items()));
}

void simulate(benchmark::State& state, const Case& which, bool native) {
  at::set_num_threads(1);
  Config c = which.config;
  c.n_runs = native ? participants_of(which) : 1;
  if (!native) c.epochs = std::max(1, c.epochs / 20);
  const Stimuli stimuli = c.task == Task::shj ? shj(c.problem_types) : new_stimuli();
  const ModelSpec model = c.spec(stimuli.D, stimuli.K, stimuli.items());
  const Layout layout(model);
  const auto states = initial_states(c, 1, model, layout, 1);
  const auto order = orders(c, 1, stimuli.items());
  const auto n = static_cast<std::size_t>(stimuli.items()), D = static_cast<std::size_t>(stimuli.D);
  const auto runs = static_cast<std::size_t>(c.n_runs), epochs = static_cast<std::size_t>(c.epochs);
  std::vector<std::vector<Presentation>> shown(epochs, std::vector<Presentation>(runs));
  for (std::size_t e = 0; e < epochs; ++e)
    for (std::size_t run = 0; run < runs; ++run)
      for (std::size_t t = 0; t < n; ++t) {
        const auto item = static_cast<std::size_t>(order[(run * epochs + e) * n + t]);
        Presentation& p = shown[e][run];
        p.x.insert(p.x.end(), &stimuli.x[item * D], &stimuli.x[item * D] + D);
        p.label.push_back(stimuli.problems[0].label[item]);
        p.item.push_back(static_cast<std::int32_t>(item));
      }
  for (auto _ : state) {
    state.PauseTiming();
    const auto group = native ? native_group(model, layout, runs) : torch_group(model, layout, runs, "cpu");
    for (std::size_t run = 0; run < runs; ++run) group->load(run, states[run]);
    state.ResumeTiming();
    for (std::size_t e = 0; e < epochs; ++e) {
      Pass pass;
      pass.opens = e == 0;
      benchmark::DoNotOptimize(group->run(pass, shown[e]));
    }
  }
  state.counters["step"] = bench::per_thing(static_cast<double>(epochs * n * runs));
}

void product(benchmark::State& state) {
  at::set_num_threads(1);
  const int n = 1024;
  const auto a = torch::randn({n, n}), b = torch::randn({n, n});
  auto c = torch::empty({n, n});
  for (auto _ : state) torch::mm_out(c, a, b);
  state.counters["step"] = bench::per_thing(1.0 * n * n * n);
}

}  // namespace
}  // namespace tsd::dual_stream

int main(int argc, char** argv) {
  using namespace tsd::dual_stream;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& body) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name.c_str(), body), 3, 0.1);
  };
  const auto all = cases();
  add("sgemm_1024 multiply-add", product);
  for (const Case& c : all)
    for (const bool native : {true, false})
      add(std::string(c.name) + (native ? ", native" : ", plain"),
          [&c, native](benchmark::State& state) { simulate(state, c, native); });
  tsd::bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 1 + 2 * all.size()) return 0;
  std::printf("\nper trial of a participant, one core\n%-28s %10s %10s %7s %9s %10s\n", "medians",
              "native us", "plain us", "ratio", "asked us", "limit us");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double native = 1e6 * medians.seconds[1 + 2 * i], plain = 1e6 * medians.seconds[2 + 2 * i];
    const double limit = 3e6 * static_cast<double>(layout_of(all[i]).slow_parameters) * medians.seconds[0];
    std::printf("%-28s %10.2f %10.0f %6.0fx %9s %10.2f\n", all[i].name, native, plain, plain / native,
                all[i].asked, limit);
  }
}
