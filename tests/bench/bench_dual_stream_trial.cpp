// How long does a trial of one participant take, natively with participants in lanes, and plainly in
// LibTorch? Beside it, the multiply-adds of the slow stream (three per weight and trial: forward, deltas,
// update).
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/initial.hpp"

using namespace tsd;
using namespace tsd::dual_stream;

namespace {

Config distribution(FastName fast, int n_units) {
  Config c;
  c.fast = fast;
  c.task = Task::new_stimuli;
  c.num_blocks = 40;
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
  c.num_blocks = 350;
  c.slow_config.lr_dnn = 0.75;
  if (fast == FastName::multiunit_clustering) {
    c.num_blocks = 32;
    c.loss_fn = LossKind::crossentropy;
    c.fast_config.r = 1;
    c.slow_config.lr_dnn = 0.0075;
  }
  return c;
}

void simulate(benchmark::State& state, Config c, int participants, bool native) {
  at::set_num_threads(1);
  c.num_runs = participants;
  if (!native) c.num_blocks = std::max(1, c.num_blocks / 20);
  const Stimuli stimuli = c.task == Task::shj ? shj(c.problem_types) : new_stimuli();
  const Model model = c.model(stimuli.D, stimuli.K, stimuli.items());
  const Layout layout(model);
  const auto states = initial_states(c, 1, model, layout, 1);
  const auto order = orders(c, 1, stimuli.items());
  const auto n = static_cast<std::size_t>(stimuli.items()), D = static_cast<std::size_t>(stimuli.D);
  const auto runs = static_cast<std::size_t>(participants), epochs = static_cast<std::size_t>(c.num_blocks);
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
    const auto group = native ? native_group(model, layout, runs) : torch_group(model, layout, runs);
    for (std::size_t run = 0; run < runs; ++run) group->load(run, states[run]);
    state.ResumeTiming();
    for (std::size_t e = 0; e < epochs; ++e) {
      Pass pass;
      pass.opens = e == 0;
      benchmark::DoNotOptimize(group->run(pass, shown[e]));
    }
  }
  const auto trials = static_cast<double>(epochs * n * runs);
  state.counters["trial"] =
      benchmark::Counter(trials, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["trials/s"] = benchmark::Counter(trials, benchmark::Counter::kIsIterationInvariantRate);
  if (native)
    state.counters["multiply-adds/s"] =
        benchmark::Counter(trials * 3 * static_cast<double>(layout.slow_parameters),
                           benchmark::Counter::kIsIterationInvariantRate);
}

void add(const std::string& name, const Config& c, int published) {
  const int lanes = kernel_lanes();
  const auto bench = [&](const std::string& how, int participants, bool native) {
    benchmark::RegisterBenchmark((name + "/" + how).c_str(), [=](benchmark::State& state) {
      simulate(state, c, participants, native);
    })->Unit(benchmark::kMillisecond);
  };
  bench("native, all lanes", lanes, true);
  if (published < lanes) bench("native, " + std::to_string(published) + " participants", published, true);
  bench("plain", 1, false);
}

}  // namespace

int main(int argc, char** argv) {
  add("distribution learner, 25 units", distribution(FastName::distr_learner, 25), 10);
  add("multi-unit, 25 units", distribution(FastName::distr_learner_mu, 25), 10);
  add("multi-unit, 128 units", distribution(FastName::distr_learner_mu, 128), 10);
  add("clustering, config3", cube(FastName::clustering), 50);
  add("multi-unit clustering, config1_multi", cube(FastName::multiunit_clustering), 50);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
