// What does one update of the published settings cost, gradient and all, natively and as plain LibTorch, and
// how far is it from the arithmetic limit, a large float32 matrix product in the same run? And how long do
// 1000 trials take to make? Asked on two cores: NBFF 0.12 s, MultiTask 0.08 s, RandomTarget 1.5 s; data a
// tenth of the Python original's 0.73, 0.11 to 0.26 and 0.55 s (tests/bench/peers/ctd_task.py times the
// original's updates).
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cstdio>
#include <functional>
#include <numeric>

#include "families/ctd/task/model/backend.hpp"
#include "gflops.hpp"

namespace tsd::ctd_task {
namespace {

constexpr int kThreads = 2;

struct Case {
  const char* name;
  Task task;
  ModelType type;
  int H;
  std::int64_t n_samples, batch_size;
};

std::vector<Case> cases() {
  MultiTask multi;
  multi.task_list = {"MemoryPro"};
  RandomTarget reach;
  return {{"nbff", Nbff{}, ModelType::NoisyGRU, 64, 1000, 256},
          {"multitask", multi, ModelType::NoisyGRU, 128, 1000, 64},
          {"randomtarget", reach, ModelType::NoisyGRULatentL2, 128, 1100, 880}};
}

class Setting {
 public:
  explicit Setting(const Case& c) : split_(make_split(c.task, c.n_samples, 0)), trials_(c.batch_size) {
    spec_.type = c.type, spec_.H = c.H;
    spec_.I = shape_of(c.task).network_inputs(), spec_.O = shape_of(c.task).actions;
    std::iota(trials_.begin(), trials_.end(), 0);
    batch_ = {&split_.train, trials_};
    batch_.position_steps = split_.train.shape.T;
    const Layout layout(spec_);
    TorchGenerator generator(0);
    parameters_ = initial_parameters(spec_, layout, generator);
    gradient_.resize(layout.size());
  }
  double update(Backend& backend, std::uint64_t pass) {
    Noise noise;
    noise.pass = pass;
    return backend.gradient(parameters_, batch_, noise, gradient_).total();
  }
  const ModelSpec& spec() const { return spec_; }
  // Multiply-adds of forward and backward, twice that of the forward pass, over all padded steps.
  double flops() const {
    const double H = spec_.H;
    return 2.0 * 3 * static_cast<double>(trials_.size()) * split_.train.shape.T *
           (3 * H * (H + spec_.I) + H * spec_.O);
  }

 private:
  Split split_;
  std::vector<std::int64_t> trials_;
  ModelSpec spec_;
  Batch batch_;
  std::vector<float> parameters_, gradient_;
};

void update(benchmark::State& state, const Case& c, bool native) {
  at::set_num_threads(kThreads);
  Setting setting(c);
  const auto backend = native ? native_backend(setting.spec(), c.task, kThreads)
                              : torch_backend(setting.spec(), c.task, "cpu");
  std::uint64_t pass = 0;
  setting.update(*backend, pass++);
  for (auto _ : state) benchmark::DoNotOptimize(setting.update(*backend, pass++));
  state.counters["GFLOP/s"] = bench::gflops(setting.flops() * 1e-9);
}

void data(benchmark::State& state, const Task& task) {
  for (auto _ : state) {
    NumpyLegacy stream(0);
    double sum = 0;
    generate(task, 1000, stream, [&](std::int64_t, const Trial& trial) { sum += trial.inputs[0]; });
    benchmark::DoNotOptimize(sum);
  }
  state.counters["GFLOP/s"] = 0;
}

}  // namespace
}  // namespace tsd::ctd_task

int main(int argc, char** argv) {
  using namespace tsd::ctd_task;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& body) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name.c_str(), body), 3, 0.2)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  add("sgemm_1024", [](benchmark::State& state) { tsd::bench::sgemm(state, kThreads); });
  const auto all = cases();
  for (const Case& c : all) {
    add(std::string(c.name) + "_data", [&](benchmark::State& state) { data(state, c.task); });
    for (const bool native : {true, false})
      add(std::string(c.name) + (native ? "_native" : "_plain"),
          [&, native](benchmark::State& state) { update(state, c, native); });
  }
  tsd::bench::Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  if (table.medians.size() != 1 + 3 * all.size()) return 0;
  std::printf("\n%-14s %10s %10s %7s %9s %10s\n", "medians", "native ms", "plain ms", "ratio", "of sgemm",
              "data ms");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto *m = &table.medians[1 + 3 * i], &native = m[1], &plain = m[2];
    std::printf("%-14s %10.1f %10.1f %6.1fx %8.0f%% %10.1f\n", all[i].name, native.ms, plain.ms,
                plain.ms / native.ms, 100 * native.gflops / table.medians[0].gflops, m[0].ms);
  }
}
