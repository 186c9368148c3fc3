// What does a comparison cost on one core, natively and as plain LibTorch with automatic differentiation? In
// processor time, which other programs on the machine disturb least. One update of the search for fixed
// points (GRU of 64 units, 1024 starts; asked on two cores: 0.6 ms), all Jacobians and their eigenvalues (2
// s), the distance of two operators of rank 50 after 1500 updates of both optimisations of O(n) (0.3 s), and
// all scores of a model of the flip-flop's recording (2 s).
#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <functional>

#include "families/ctd/compare/fixed_points/fixed_points.hpp"
#include "families/ctd/compare/fixed_points/search.hpp"
#include "families/ctd/compare/scores.hpp"
#include "families/ctd/compare/similarity/similarity.hpp"
#include "medians.hpp"
#include "tsd/engine/parallel.hpp"

namespace tsd::compare {
namespace {

constexpr int kThreads = 1, kUnits = 64, kInputs = 3, kStarts = 1024, kRank = 50, kUpdates = 1500;

template <class T>
math::Dense<T> waves(int rows, int columns, double scale) {
  math::Dense<T> m(rows, columns);
  for (std::size_t k = 0; k < m.size(); ++k)
    m.values[k] = static_cast<T>(scale * std::sin(0.37 * double(k) + 1e-5 * double(k) * double(k)));
  return m;
}

nn::CellParameters gru() {
  nn::CellParameters p;
  p.weight_ih = waves<double>(3 * kUnits, kInputs, 0.1), p.weight_hh = waves<double>(3 * kUnits, kUnits, 0.2);
  p.bias_ih.assign(3 * kUnits, 0.01), p.bias_hh.assign(3 * kUnits, 0.02);
  return p;
}

torch::Tensor tensor(const math::DenseD& m) {
  return torch::from_blob(const_cast<double*>(m.data()), {m.rows, m.columns}, torch::kDouble)
      .to(torch::kFloat);
}

struct PlainGru {
  nn::CellParameters p = gru();
  torch::Tensor W_ih = tensor(p.weight_ih), W_hh = tensor(p.weight_hh), b = torch::full({3 * kUnits}, 0.01);
  torch::Tensor operator()(const torch::Tensor& h) const {
    return torch::gru_cell(torch::zeros({h.size(0), kInputs}), h, W_ih, W_hh, b, b);
  }
};

void search_native(benchmark::State& state) {
  constexpr int kSome = 100;
  Search<float> search(gru(), waves<float>(kStarts, kUnits, 0.8), math::Dense<float>(1, kInputs), {});
  for (auto _ : state)
    parallel_for(static_cast<std::size_t>(search.blocks()), kThreads, [&](std::size_t block) {
      math::use_threads(1);
      search.advance(static_cast<int>(block), kSome);
    });
  state.counters["step"] = bench::per_thing(kSome);
}

void search_plain(benchmark::State& state) {
  at::set_num_threads(kThreads);
  const PlainGru cell;
  auto x = tensor(waves<double>(kStarts, kUnits, 0.8)).clone().requires_grad_();
  torch::optim::Adam adam({x}, torch::optim::AdamOptions(1e-3));
  for (auto _ : state) {
    adam.zero_grad();
    ((cell(x) - x).square().sum(1) / 2).mean().backward();
    adam.step();
  }
  state.counters["step"] = bench::per_thing(1);
}

void jacobians_native(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(
        analyse(gru(), waves<double>(kStarts, kUnits, 0.8), math::DenseD(1, kInputs), {}, kThreads).q[0]);
  state.counters["step"] = bench::per_thing(1);
}

// Row by row, as the original: a backward pass for each unit.
void jacobians_plain(benchmark::State& state) {
  constexpr int kSome = 8;
  at::set_num_threads(kThreads);
  const PlainGru cell;
  const auto all = tensor(waves<double>(kStarts, kUnits, 0.8));
  for (auto _ : state)
    for (int i = 0; i < kSome; ++i) {
      const auto x = all.narrow(0, i, 1).clone().requires_grad_();
      const auto next = cell(x);
      std::vector<torch::Tensor> rows;
      for (int k = 0; k < kUnits; ++k)
        rows.push_back(torch::autograd::grad({next.index({0, k})}, {x}, {}, true)[0]);
      benchmark::DoNotOptimize(torch::linalg_eigvals(torch::cat(rows)));
    }
  state.counters["step"] = bench::per_thing(double(kSome) / kStarts);
}

void distance_native(benchmark::State& state) {
  constexpr int kSome = 50;
  const auto a = unit_norm(waves<double>(kRank, kRank, 1)), b = unit_norm(waves<double>(kRank, kRank, 0.5));
  std::vector<BasisSearch> both;
  both.emplace_back(a, b, DsaGroup::O, 5e-3, 0, "plain");
  both.emplace_back(a, swapped(b), DsaGroup::O, 5e-3, 0, "swapped");
  for (auto _ : state)
    parallel_for(2, kThreads, [&](std::size_t k) {
      math::use_threads(1);
      both[k].advance(kSome);
    });
  state.counters["step"] = bench::per_thing(double(kSome) / kUpdates);
}

void distance_plain(benchmark::State& state) {
  constexpr int kSome = 10;
  at::set_num_threads(kThreads);
  const auto a = tensor(unit_norm(waves<double>(kRank, kRank, 1)));
  const auto b = tensor(unit_norm(waves<double>(kRank, kRank, 0.5))), one = torch::eye(kRank);
  std::vector<torch::Tensor> parameters = {torch::eye(kRank).requires_grad_()};
  for (int k = 0; k < 3; ++k)
    parameters.push_back(
        (torch::rand({kRank, kRank}) * 2 - 1).div(std::sqrt(double(kRank))).requires_grad_());
  torch::optim::Adam adam(parameters, torch::optim::AdamOptions(5e-3));
  for (auto _ : state)
    for (int k = 0; k < 2 * kSome; ++k) {  // two optimisations
      adam.zero_grad();
      const auto& p = parameters;
      const auto x = torch::tanh(torch::tanh(p[0].mm(p[1].t())).mm(p[2].t())).mm(p[3].t());
      const auto K = x - x.t();
      const auto C = torch::linalg_solve(one + K, one - K);
      (a - C.mm(b).mm(C.t())).square().sum().backward();
      adam.step();
    }
  state.counters["step"] = bench::per_thing(double(kSome) / kUpdates);
}

Series series(int trials, int width, float offset) {
  Series s{trials, 500, width, {}};
  s.values.resize(static_cast<std::size_t>(s.rows()) * static_cast<std::size_t>(width));
  for (std::size_t k = 0; k < s.values.size(); ++k)
    s.values[k] = offset + 0.5f * std::sin(0.1f * float(k % 10007) + float(k % 13));
  return s;
}

void scores(benchmark::State& state) {
  at::set_num_threads(kThreads);
  Reference r;
  r.heldin = 50;
  r.train_lengths.assign(800, 500), r.val_lengths.assign(200, 500);
  r.train_latents = series(800, kUnits, 0), r.val_latents = series(200, kUnits, 0);
  r.train_inputs = series(800, kInputs, 0), r.val_inputs = series(200, kInputs, 0);
  r.val_rates = series(200, 60, 1), r.val_spikes = series(200, 60, 1),
  r.val_targets = series(200, kInputs, 0);
  ModelData data{
      series(800, 60, 1), series(200, 60, 1), series(800, kUnits, 0), series(200, kUnits, 0), {}, {}};
  Model model;
  model.external_inputs = kInputs;
  const Assessor assessor(r, 0.01);
  for (auto _ : state) benchmark::DoNotOptimize(assessor.assess(model, data).scores.state_r2);
  state.counters["step"] = bench::per_thing(1);
}

}  // namespace
}  // namespace tsd::compare

int main(int argc, char** argv) {
  using namespace tsd::compare;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const char* name, void (*body)(benchmark::State&)) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name, body), 5, 0.2)
        ->Unit(benchmark::kMillisecond)
        ->MeasureProcessCPUTime();
  };
  add("search_native", search_native);
  add("search_plain", search_plain);
  add("jacobians_native", jacobians_native);
  add("jacobians_plain", jacobians_plain);
  add("distance_native", distance_native);
  add("distance_plain", distance_plain);
  add("scores", scores);
  tsd::bench::Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  if (medians.seconds.size() != 7) return 0;
  std::printf("\n%-42s %12s %12s %8s\n", "medians, one core", "native ms", "plain ms", "ratio");
  const char* names[] = {"update of 1024 states, GRU of 64", "1024 Jacobians with eigenvalues",
                         "distance of two operators of rank 50"};
  for (std::size_t i = 0; i < 3; ++i) {
    const double native = medians.seconds[2 * i], plain = medians.seconds[2 * i + 1];
    std::printf("%-42s %12.3f %12.3f %7.1fx\n", names[i], 1e3 * native, 1e3 * plain, plain / native);
  }
  std::printf("%-42s %12.0f\n", "scores of a model", 1e3 * medians.seconds[6]);
}
