// What does one update of the published data-trained models on the flip-flop's recording cost (500 steps, 50
// of 60 neurons, 3 inputs), gradient and all, natively and as plain LibTorch, and how far is it from the
// arithmetic limit, a large float32 matrix product in the same run? And would several runs of equal shape
// gain from being one batch: does a trial cost less in a larger one? Asked on two cores: auto-encoder with
// GRU 1.2 s, NODE of 8 latents 1.5 s, LFADS 4.2 s in under 4 GB (the Python originals: 2.5, 3.1 and 10.4 s).
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

#include "families/ctd/data/model/backend.hpp"
#include "gflops.hpp"

namespace tsd::ctd_data {
namespace {

constexpr int kThreads = 2;

struct Case {
  const char* name;
  Config config;
  std::int64_t batch_size;
};

std::vector<Case> cases() {
  Config gru, node, lfads, inferred;
  gru.model.sae.latent_size = 128;
  node.model.sae.cell = CellType::node, node.model.sae.latent_size = 8;
  lfads.model.family = ModelFamily::lfads;
  lfads.model.dropout = 0.02, lfads.augment.cd_rate = 0.3;
  inferred = lfads;
  LfadsSpec& m = inferred.model.lfads;
  m.ci_enc_dim = m.con_dim = 128, m.co_dim = 3, m.fac_dim = 20, m.co_prior = CoPrior::student_t;
  return {{"sae_gru", gru, 250},
          {"sae_node", node, 250},
          {"lfads", lfads, 500},
          {"lfads_inferred", inferred, 500}};
}

// The auto-encoders in batches of other sizes.
std::vector<Case> sizes() {
  std::vector<Case> all;
  for (const Case& c : cases())
    for (const std::int64_t size : {25, 50, 250})
      if (!c.config.model.is_lfads()) all.push_back({c.name, c.config, size});
  return all;
}

Trials made_up(const Extents& e, std::int64_t n) {
  Trials t;
  t.n = n;
  const auto wave = [&](int columns, double scale) {
    std::vector<float> values(static_cast<std::size_t>(n * e.T * columns));
    for (std::size_t k = 0; k < values.size(); ++k)
      values[k] = static_cast<float>(std::floor(scale + scale * std::sin(2.3 * static_cast<double>(k))));
    return values;
  };
  t.encod = wave(e.N_in, 1.2), t.recon = wave(e.N_all, 1.2), t.inputs = wave(e.U, 1);
  return t;
}

class Setting {
 public:
  explicit Setting(const Case& c) : config_(c.config), rows_(static_cast<std::size_t>(c.batch_size)) {
    const bool inferred = config_.model.inferred_inputs() > 0;
    config_.model.extents = {500, 50, 60, inferred ? 0 : 3};
    trials_ = made_up(config_.model.extents, c.batch_size);
    std::iota(rows_.begin(), rows_.end(), 0);
    const Layout layout(config_.model);
    parameters_ = initial_parameters(config_.model, layout, 0);
    gradient_.resize(layout.size());
  }
  double update(Backend& backend, std::uint64_t pass) {
    return backend
        .gradient(parameters_, {&trials_, rows_}, {noise_of(0, pass), true, true}, {1, 1e-6, 1e-5}, gradient_)
        .recon;
  }
  const Config& config() const { return config_; }
  // Multiply-adds of forward and backward, twice that of the forward pass.
  double flops() const {
    const ModelSpec& m = config_.model;
    const Extents& e = m.extents;
    const auto gru = [](double in, double hidden) { return 3 * hidden * (in + hidden); };
    double each = 0;
    if (m.is_lfads()) {
      const LfadsSpec& s = m.lfads;
      each = 2 * gru(e.N_in, s.ic_enc_dim) + gru(s.co_dim + e.U, s.gen_dim) + s.gen_dim * s.fac_dim +
             s.fac_dim * e.N_all;
      if (s.has_controller())
        each += 2 * gru(e.N_in, s.ci_enc_dim) + gru(2 * s.ci_enc_dim + s.fac_dim, s.con_dim);
    } else {
      const double D = m.sae.latent_size, W = m.sae.vf_hidden_size;
      each = 2 * gru(e.N_in, m.sae.encoder_size) + D * e.N_all;
      each += m.sae.cell == CellType::gru ? gru(e.U, D)
                                          : W * (D + e.U) + (m.sae.vf_num_layers - 1) * W * W + W * D;
    }
    return 2.0 * 3 * static_cast<double>(rows_.size()) * e.T * each;
  }

 private:
  Config config_;
  Trials trials_;
  std::vector<std::int64_t> rows_;
  std::vector<float> parameters_, gradient_;
};

void update(benchmark::State& state, const Case& c, bool native) {
  at::set_num_threads(kThreads);
  Setting setting(c);
  const Config& config = setting.config();
  const auto backend =
      native ? native_backend(config, config.model, kThreads) : torch_backend(config, config.model, "cpu");
  std::uint64_t pass = 0;
  if (native) setting.update(*backend, pass++);
  for (auto _ : state) benchmark::DoNotOptimize(setting.update(*backend, pass++));
  state.counters["GFLOP/s"] = bench::gflops(setting.flops() * 1e-9);
}

}  // namespace
}  // namespace tsd::ctd_data

int main(int argc, char** argv) {
  using namespace tsd::ctd_data;
  benchmark::Initialize(&argc, argv);
  const auto add = [](const std::string& name, int repetitions,
                      const std::function<void(benchmark::State&)>& body) {
    tsd::bench::repeat(benchmark::RegisterBenchmark(name.c_str(), body), repetitions)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->MeasureProcessCPUTime()
        ->Iterations(1);
  };
  add("sgemm_1024", 20, [](benchmark::State& state) { tsd::bench::sgemm(state, kThreads); });
  const auto all = cases();
  for (const Case& c : all)
    for (const bool native : {true, false})
      add(std::string(c.name) + (native ? "_native" : "_plain"), native ? 3 : 2,
          [&, native](benchmark::State& state) { update(state, c, native); });
  const auto by_size = sizes();
  for (const Case& c : by_size)
    add(std::string(c.name) + "_of_" + std::to_string(c.batch_size), 5,
        [&](benchmark::State& state) { update(state, c, true); });
  tsd::bench::Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  if (table.medians.size() != 1 + 2 * all.size() + by_size.size()) return 0;
  std::printf("\n%-16s %10s %10s %7s %9s\n", "medians", "native ms", "plain ms", "ratio", "of sgemm");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto &native = table.medians[1 + 2 * i], &plain = table.medians[2 + 2 * i];
    std::printf("%-16s %10.0f %10.0f %6.1fx %8.0f%%\n", all[i].name, native.ms, plain.ms,
                plain.ms / native.ms, 100 * native.gflops / table.medians[0].gflops);
  }
  std::printf("\n%-16s %10s %14s %22s\n", "native", "trials", "ms a trial", "processor ms a trial");
  for (std::size_t i = 0; i < by_size.size(); ++i) {
    const auto& median = table.medians[1 + 2 * all.size() + i];
    const auto trials = static_cast<double>(by_size[i].batch_size);
    std::printf("%-16s %10.0f %14.2f %22.2f\n", by_size[i].name, trials, median.ms / trials,
                median.processor_ms / trials);
  }
}
