// What do the analyses of an N-back run cost on one core? In processor time, at the sizes of an mtmf run with
// 900 sequences per task: normals of 20 objects in 2160 states of 256 units; a C-SVC of four overlapping
// classes of 180 states (libsvm); the measures of 500 resamples of 300 sequences, beside those of copied
// states.
#include <cstdio>

#include "families/nback/analysis/measures/cloud.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/measures/linear.hpp"
#include "medians.hpp"
#include "tsd/math/matrix.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::nback {
namespace {

constexpr int kUnits = 256, kStates = 2160, kObjects = 20, kSequences = 300, kSteps = 6, kResamples = 500;

// Classes of correlated units, as far apart as the noise is wide.
struct Sample {
  Dense x;
  std::vector<int> labels;

  Sample(int rows, int classes, double apart) : x(rows, kUnits) {
    Philox rng(1, "bench");
    const Dense mean = random_directions(classes, kUnits, rng),
                mixing = random_directions(kUnits, kUnits, rng);
    Dense noise(rows, kUnits);
    for (double& value : noise.values) value = rng.normal();
    multiply(noise, math::Form::plain, mixing, math::Form::plain, x);
    for (int i = 0; i < rows; ++i) {
      labels.push_back(i % classes);
      for (int k = 0; k < kUnits; ++k) x(i, k) += apart * mean(i % classes, k);
    }
  }
};

void normals(benchmark::State& state) {
  const Sample sample(kStates, kObjects, 2);
  for (auto _ : state) benchmark::DoNotOptimize(l2_svc(sample.x, sample.labels).bias[0]);
  state.counters["step"] = bench::per_thing(1);
}

std::vector<int> steps_as_groups() {
  std::vector<int> group;
  for (int r = 0; r < kSequences * kSteps; ++r) group.push_back(10 * (r % kSteps) + r / kSteps % 4);
  return group;
}

void resamples_products(benchmark::State& state) {
  const Sample sample(kSequences * kSteps, 4, 2);
  const auto group = steps_as_groups();
  Philox rng(2, "bench");
  Dense counts(kResamples, kSequences);
  for (int i = 0; i < kResamples; ++i)
    std::ranges::copy(math::resample_counts(kSequences, rng), counts.row(i));
  for (auto _ : state)
    benchmark::DoNotOptimize(Cloud(sample.x, kSteps, group).measure(counts, 1)[0][kMagnitude]);
  state.counters["step"] = bench::per_thing(1);
}

void resamples_copies(benchmark::State& state) {
  const Sample sample(kSequences * kSteps, 4, 2);
  const auto group = steps_as_groups();
  Philox rng(2, "bench");
  for (auto _ : state) {
    Dense copy(sample.x.rows, kUnits);
    auto own = group;
    for (int s = 0; s < kSequences; ++s) {
      const int drawn = static_cast<int>(rng.below(kSequences));
      std::copy_n(sample.x.row(drawn * kSteps), kSteps * kUnits, copy.row(s * kSteps));
      std::copy_n(&group[drawn * kSteps], kSteps, &own[s * kSteps]);
    }
    benchmark::DoNotOptimize(mean_norm(copy) + participation_ratio(copy) + sparsity(copy) +
                             variability(copy, own, 1).fano);
  }
  state.counters["step"] = bench::per_thing(1.0 / kResamples);  // all of them
}

void csvc(benchmark::State& state) {
  const Sample sample(720, 4, 0.3);
  const SvcProblem problem(sample.x);
  for (auto _ : state) benchmark::DoNotOptimize(problem.fit(sample.labels).classes().size());
  state.counters["step"] = bench::per_thing(1);
}

}  // namespace
}  // namespace tsd::nback

int main(int argc, char** argv) {
  using namespace tsd::nback;
  tsd::math::use_threads(1);
  benchmark::Initialize(&argc, argv);
  const auto add = [](const char* name, void (*body)(benchmark::State&)) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name, body), 3)
        ->Unit(benchmark::kMillisecond)
        ->MeasureProcessCPUTime();
  };
  add("normals", normals);
  add("resamples_products", resamples_products);
  add("resamples_copies", resamples_copies);
  add("csvc", csvc);
  tsd::bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 4) return 0;
  const double normal = medians.seconds[0], here = medians.seconds[1], copies = medians.seconds[2];
  std::printf("\nmedians, one core\n");
  std::printf("normals of 20 objects               %8.1f ms\n", 1e3 * normal);
  std::printf("C-SVC of four classes               %8.1f ms\n", 1e3 * medians.seconds[3]);
  std::printf("500 resamples; as copies; ratio     %8.1f ms %8.1f ms %6.1f\n", 1e3 * here, 1e3 * copies,
              copies / here);
}
