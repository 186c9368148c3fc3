// What do the analyses of an N-back run cost on one core, and what would they by the way one thinks of first?
// In processor time, at the sizes of an mtmf run with 900 sequences per task: normals of 20 objects in 2160
// states of 256 units, against liblinear (tolerance 1e-4, as scikit-learn's LinearSVC); the measures of 500
// resamples of 300 sequences, against those of copied states; a C-SVC of four overlapping classes of 180
// states (libsvm).
#include <linear.h>

#include <cstdio>

#include "families/nback/analysis/cloud.hpp"
#include "families/nback/analysis/geometry.hpp"
#include "families/nback/analysis/linear.hpp"
#include "families/nback/analysis/statistics.hpp"
#include "medians.hpp"
#include "tsd/nn/matrix.hpp"

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
    multiply(noise, nn::Form::plain, mixing, nn::Form::plain, x);
    for (int i = 0; i < rows; ++i) {
      labels.push_back(i % classes);
      for (int k = 0; k < kUnits; ++k) x(i, k) += apart * mean(i % classes, k);
    }
  }
};

void normals_newton(benchmark::State& state) {
  const Sample sample(kStates, kObjects, 2);
  for (auto _ : state) benchmark::DoNotOptimize(l2_svc(sample.x, sample.labels).bias[0]);
  state.counters["step"] = bench::per_thing(1);
}

void normals_liblinear(benchmark::State& state) {
  const Sample sample(kStates, kObjects, 2);
  const Dense z = Standardizer(sample.x)(sample.x);
  std::vector<feature_node> nodes;
  nodes.reserve(static_cast<std::size_t>(kStates) * (kUnits + 2));
  std::vector<feature_node*> rows;
  for (int i = 0; i < kStates; ++i) {
    rows.push_back(nodes.data() + nodes.size());
    for (int k = 0; k < kUnits; ++k) nodes.push_back({k + 1, z(i, k)});
    nodes.push_back({kUnits + 1, 1});
    nodes.push_back({-1, 0});
  }
  set_print_string_function([](const char*) {});
  for (auto _ : state)
    for (int c = 0; c < kObjects; ++c) {
      std::vector<double> y;
      for (int label : sample.labels) y.push_back(label == c ? 1 : -1);
      int sides[] = {1, -1};
      double costs[] = {kObjects / 2.0, kObjects / (2.0 * (kObjects - 1))};
      const problem posed{kStates, kUnits + 1, y.data(), rows.data(), -1};
      parameter options{};
      options.solver_type = L2R_L2LOSS_SVC;
      options.eps = 1e-4;
      options.C = 1;
      options.nr_weight = 2;
      options.weight_label = sides;
      options.weight = costs;
      model* trained = train(&posed, &options);
      free_and_destroy_model(&trained);
    }
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
  for (int i = 0; i < kResamples; ++i) std::ranges::copy(resample_counts(kSequences, rng), counts.row(i));
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
  tsd::nn::use_threads(1);
  benchmark::Initialize(&argc, argv);
  const auto add = [](const char* name, void (*body)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name, body)
        ->Unit(benchmark::kMillisecond)
        ->MeasureProcessCPUTime()
        ->Repetitions(3)
        ->ReportAggregatesOnly();
  };
  add("normals_newton", normals_newton);
  add("normals_liblinear", normals_liblinear);
  add("resamples_products", resamples_products);
  add("resamples_copies", resamples_copies);
  add("csvc", csvc);
  tsd::bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 5) return 0;
  std::printf("\n%-46s %10s %10s %8s\n", "medians, one core", "here ms", "plain ms", "ratio");
  const char* names[] = {"normals of 20 objects, beside liblinear's", "500 resamples, beside copies"};
  for (int i = 0; i < 2; ++i) {
    const double here = medians.seconds[2 * i], plain = medians.seconds[2 * i + 1];
    std::printf("%-46s %10.1f %10.1f %7.1fx\n", names[i], 1e3 * here, 1e3 * plain, plain / here);
  }
  std::printf("%-46s %10.1f\n", "C-SVC of four classes, libsvm's", 1e3 * medians.seconds[4]);
}
