// What does an Euler step of a microcircuit cost per student on one core, natively (ten students in lanes,
// and one alone) and as plain LibTorch, and how far is it from its limits: the Gaussians it needs and its
// floating-point operations? Asked: 1.2 us for 5-20-10-20-5 PAL with WPP frozen, 0.1 us for 1-1-1 PAL (the
// original in NumPy: 302 and 145 us on the reference machine). And what do eight points of a sweep, with one
// student each, gain from taking their steps together, with all that a run does but its files?
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cstdio>
#include <functional>

#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/model/group.hpp"
#include "families/microcircuit/model/initial.hpp"
#include "medians.hpp"
#include "tsd/train/lanes.hpp"

namespace tsd::microcircuit {
namespace {

constexpr int kStudents = 10;
constexpr int kPoints = 8;
constexpr std::int64_t kSteps = 1000;

struct Case {
  const char* name;
  std::vector<int> layers;
  Model model;
  Task task;
};
const Case kCases[] = {
    {"5-20-10-20-5 PAL bw_only", {5, 20, 10, 20, 5}, Model::PAL, Task::bw_only},
    {"5-20-10-20-5 PAL fw_bw", {5, 20, 10, 20, 5}, Model::PAL, Task::fw_bw},
    {"1-1-1 PAL", {1, 1, 1}, Model::PAL, Task::fw_bw},
    {"1-1-1 FA", {1, 1, 1}, Model::FA, Task::fw_bw},
    {"1-1-1 BP", {1, 1, 1}, Model::BP, Task::fw_bw},
};

Config config_of(const Case& c) {
  Config config;
  config.layers = c.layers;
  config.model_type = c.model;
  config.task = c.task;
  config.settling_time = 0;
  const auto hidden = static_cast<std::size_t>(config.hidden());
  config.noise_scale.assign(hidden, 0.05);
  config.eta_fw.assign(hidden + 1, 1);
  config.eta_bw.assign(hidden, 50);
  config.eta_IP.assign(hidden, c.task == Task::bw_only ? 0 : 10);
  config.eta_PI.assign(hidden, 5);
  config.alpha.assign(hidden, 1e-5);
  return config;
}

enum class How { lanes, alone, plain };

void simulate(benchmark::State& state, const Case& c, How how) {
  at::set_num_threads(1);
  const Config config = config_of(c);
  const Circuit circuit(config);
  const Layout layout(circuit);
  const int students = how == How::alone ? 1 : kStudents;
  std::vector<NumpyLegacy> generators;
  for (int i = 0; i < students; ++i) generators.emplace_back(static_cast<std::uint32_t>(i + 1));
  const auto parts = how == How::plain ? std::vector<train::Part>{{0, kStudents}}
                                       : train::divided(static_cast<std::size_t>(students),
                                                        static_cast<std::size_t>(native_lanes()), 1);
  std::vector<std::unique_ptr<Group>> groups;
  for (const auto [first, last] : parts) {
    std::vector<Member> own;
    for (std::size_t i = first; i < last; ++i) own.push_back({&circuit, &generators[i]});
    groups.push_back(how == How::plain ? torch_group(layout, own, "cpu") : native_group(layout, own));
    for (std::size_t i = first; i < last; ++i) {
      const int place = static_cast<int>(i - first);
      groups.back()->load(place, initial_state(circuit, layout, student_ranges(config), true, Rng::reference,
                                               static_cast<std::int64_t>(i + 1)));
      groups.back()->set_input(place, std::vector<double>(static_cast<std::size_t>(c.layers.front()), 0.5));
      groups.back()->set_target(place, std::vector<double>(static_cast<std::size_t>(c.layers.back()), 0.5));
    }
  }
  const bool taught = c.task == Task::fw_bw;
  const std::int64_t steps = how == How::plain ? kSteps / 10 : kSteps;
  for (auto _ : state)
    for (const auto& group : groups) group->advance(steps, {taught, true, true}, taught);
  // Seconds per student and step.
  state.counters["step"] = bench::per_thing(static_cast<double>(students * steps));
}

// Points that differ in every learning rate.
void sweep(benchmark::State& state, const Case& c, bool together) {
  std::vector<std::unique_ptr<MicrocircuitExperiment>> runs;
  std::vector<Experiment*> all;
  for (int point = 1; point <= kPoints; ++point) {
    Config config = config_of(c);
    config.rec_per_steps = 1'000'000'000;
    config.epochs = 100'000'000;
    for (auto* rates : {&config.eta_fw, &config.eta_bw, &config.eta_IP, &config.eta_PI})
      for (double& rate : *rates) rate *= 1 + 0.01 * point;
    runs.push_back(std::make_unique<MicrocircuitExperiment>(config, RunContext()));
    all.push_back(runs.back().get());
  }
  std::int64_t steps = 0;
  for (auto _ : state) {
    steps += kPoints * runs[0]->schedule().euler_steps(runs[0]->stretch());
    if (together)
      benchmark::DoNotOptimize(MicrocircuitExperiment::step_together(all, 1));
    else
      for (Experiment* run : all) run->step();
  }
  state.counters["step"] = benchmark::Counter(static_cast<double>(steps),
                                              benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void gaussians(benchmark::State& state) {
  NumpyLegacy generator(1);
  std::vector<double> values(2048);
  for (auto _ : state) generator.gauss(values.size(), values.data(), 1);
  state.counters["step"] = bench::per_thing(static_cast<double>(values.size()));
}

void product(benchmark::State& state) {
  at::set_num_threads(1);
  const int n = 1024;
  const auto a = torch::randn({n, n}, torch::kFloat64), b = torch::randn({n, n}, torch::kFloat64);
  auto c = torch::empty({n, n}, torch::kFloat64);
  for (auto _ : state) torch::mm_out(c, a, b);
  state.counters["step"] = bench::per_thing(2.0 * n * n * n);
}

// Gaussians and floating-point operations of a step, by microcircuit.md 10.1.
double normals(const Case& c) {
  double sum = 0;
  if (c.model == Model::PAL)
    for (std::size_t l = 1; l + 1 < c.layers.size(); ++l) sum += c.layers[l];
  return sum;
}

double operations(const Case& c) {
  double F = 0, G = 0, A = 0, I = 0;
  for (std::size_t l = 1; l < c.layers.size(); ++l) {
    F += c.layers[l] * c.layers[l - 1];
    A += c.layers[l];
    if (l > 1) G += c.layers[l] * c.layers[l - 1], I += c.layers[l];
  }
  return 2 * (F + 3 * G) + 5 * G + 12 * (A + I) + (c.task == Task::fw_bw ? 2 * G + 4 * F : 0);
}

}  // namespace
}  // namespace tsd::microcircuit

int main(int argc, char** argv) {
  using namespace tsd::microcircuit;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& body) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name.c_str(), body), 5, 0.3);
  };
  add("gaussian", gaussians);
  add("dgemm_1024 operation", product);
  for (const Case& c : kCases) {
    const std::string name = c.name;
    add(name + ", ten in lanes", [&](benchmark::State& state) { simulate(state, c, How::lanes); });
    add(name + ", one", [&](benchmark::State& state) { simulate(state, c, How::alone); });
    add(name + ", plain", [&](benchmark::State& state) { simulate(state, c, How::plain); });
    add(name + ", points together", [&](benchmark::State& state) { sweep(state, c, true); });
    add(name + ", points in turn", [&](benchmark::State& state) { sweep(state, c, false); });
  }
  tsd::bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 2 + 5 * std::size(kCases)) return 0;
  std::printf(
      "\nper student and Euler step, one core; %d lanes\n%-26s %10s %10s %10s %7s %14s %14s %13s %10s %7s\n",
      native_lanes(), "medians", "lanes us", "one us", "plain us", "ratio", "gaussians us", "operations us",
      "together us", "in turn us", "ratio");
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const double *m = &medians.seconds[2 + 5 * i], gaussian = medians.seconds[0],
                 operation = medians.seconds[1];
    std::printf("%-26s %10.3f %10.3f %10.1f %6.0fx %14.3f %14.3f %13.3f %10.3f %6.1fx\n", kCases[i].name,
                1e6 * m[0], 1e6 * m[1], 1e6 * m[2], m[2] / m[0], 1e6 * gaussian * normals(kCases[i]),
                1e6 * operation * operations(kCases[i]), 1e6 * m[3], 1e6 * m[4], m[4] / m[3]);
  }
}
