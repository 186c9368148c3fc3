// What does a training step of the N-back model cost after the backbone, natively and as plain LibTorch, and
// how far is it from the arithmetic limit? The limit is a large float32 matrix product in the same run.
// Shapes: configs/stsf.yaml (16 sequences, 144 images, MobileNetV2's 1280 features or ResNet50's 2048), and
// the current configs (32, 480, 2048). Asked: 7 ms and 9 ms (eager PyTorch on the reference machine: 11.7
// and 15.1 ms; see tests/bench/peers/nback.py).
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>

#include "families/nback/model/backend.hpp"
#include "gflops.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::nback {
namespace {

constexpr int kThreads = 2, kL = 6;

struct Case {
  const char* name;
  int B, F, images;
  Attention attention;
};
constexpr Case kCases[] = {
    {"stsf_mobilenet", 16, 1280, 144, Attention::none},
    {"stsf_resnet", 16, 2048, 144, Attention::none},
    {"attention_stsf_mobilenet", 16, 1280, 144, Attention::task_only},
    {"current_stsf_resnet", 32, 2048, 480, Attention::none},
};

struct Setting {
  explicit Setting(const Case& c) : images(c.images), B(c.B) {
    spec.F = c.F;
    spec.attention = c.attention;
    table.resize(static_cast<std::size_t>(images) * c.F);
    for (float& value : table) value = static_cast<float>(generator.random());
  }
  Batch batch() {
    Batch next;
    next.B = B, next.L = kL;
    next.feature.assign(B, 2);
    next.n.assign(B, 2);
    for (int i = 0; i < B * kL; ++i) {
      next.stimulus.push_back(static_cast<std::int32_t>(generator.below(images)));
      next.target.push_back(static_cast<std::uint8_t>(i % kL < 2 ? 0 : 1 + generator.below(2)));
    }
    return next;
  }
  // Multiply-adds that a step does, forward and backward. The native kernel reduces each distinct image of a
  // batch once.
  double flops(bool native) const {
    const double R = B * kL, H = spec.H, F = spec.F;
    const double reduced =
        native ? images * (1 - std::pow(1 - 1.0 / images, R)) : R;        // expected distinct ones
    double macs = reduced * H * 2 * F + R * H * (3 * H + 2 * 3 * 3 * H);  // no gradient of the features
    if (spec.attention == Attention::task_only) macs += 3 * R * spec.D * (spec.D + H);
    return 2 * macs;
  }
  ModelSpec spec;
  int images, B;
  std::vector<float> table;
  Philox generator{5, "bench"};
};

void train(benchmark::State& state, const Case& c, bool native) {
  at::set_num_threads(kThreads);
  Setting setting(c);
  const auto backend = native ? make_native_backend(setting.spec, setting.table, kThreads, 1)
                              : make_torch_backend(setting.spec, setting.table, "cpu", 1);
  for (int i = 0; i < 20; ++i) backend->train(setting.batch(), {}, {});
  std::vector<Batch> batches;
  for (int i = 0; i < 64; ++i) batches.push_back(setting.batch());
  std::size_t step = 0;
  for (auto _ : state) backend->train(batches[step++ % batches.size()], {}, {});
  state.counters["GFLOP/s"] = bench::gflops(setting.flops(native) * 1e-9);
}

}  // namespace
}  // namespace tsd::nback

int main(int argc, char** argv) {
  using namespace tsd::nback;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& body) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name.c_str(), body), 5, 0.4)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  add("sgemm_1024", [](benchmark::State& state) { tsd::bench::sgemm(state, kThreads); });
  for (const Case& c : kCases)
    for (const bool native : {true, false})
      add(std::string(c.name) + (native ? "_native" : "_plain"),
          [=](benchmark::State& state) { train(state, c, native); });
  tsd::bench::Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  if (table.medians.size() != 1 + 2 * std::size(kCases)) return 0;
  const double limit = table.medians[0].gflops;
  std::printf("\n%-26s %10s %10s %7s %10s %9s\n", "medians", "native ms", "plain ms", "ratio", "GFLOP/s",
              "of sgemm");
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const auto &native = table.medians[1 + 2 * i], &plain = table.medians[2 + 2 * i];
    std::printf("%-26s %10.2f %10.2f %6.1fx %10.0f %8.0f%%\n", kCases[i].name, native.ms, plain.ms,
                plain.ms / native.ms, native.gflops, 100 * native.gflops / limit);
  }
}
