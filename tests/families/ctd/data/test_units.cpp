// The values of ctd_data.md 11.1, and the parameter counts of 3.1 and 3.2.
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "families/ctd/data/made_up.hpp"
#include "families/ctd/data/native/block.hpp"
#include "families/ctd/data/native/divergence.hpp"
#include "families/ctd/data/schedule.hpp"
#include "families/ctd/data/score.hpp"
#include "support/catch.hpp"

namespace tsd::ctd_data {
namespace {

using math::Matrix;

// One cell of 3 units at the values of 11.1; phases: c of the fill rule for each parameter.
class UnitCell {
 public:
  UnitCell(std::unique_ptr<nn::Cell> cell,
           const std::vector<std::tuple<std::string, Shape, double>>& parameters)
      : cell_(std::move(cell)) {
    for (const auto& [name, shape, c] : parameters) layout_.add(name, shape);
    values_.resize(layout_.size()), gradient_.resize(layout_.size());
    for (const auto& [name, shape, c] : parameters)
      for (std::size_t k = 0; k < layout_[name].size(); ++k)
        values_[layout_[name].offset + k] =
            c < 0 ? 0 : static_cast<float>(0.5 * std::sin(1.7 * static_cast<double>(k) + c));
    cell_->bind(nn::Parameters(layout_, values_.data(), gradient_.data()));
    for (const int width : cell_->saved()) saved_.push_back(room(width));
    for (const int width : cell_->gradients()) d_.push_back(room(width));
  }

  std::vector<float> step(std::vector<float> h) {
    std::vector<float> x = {0.3f, -0.7f}, g(3);
    const Matrix projected = room(cell_->projection());
    cell_->project({x.data(), 1, 2}, projected);
    cell_->forward(projected, {h.data(), 1, 3}, saved_, {g.data(), 1, 3});
    return g;
  }
  std::vector<std::vector<float>> jacobian(std::vector<float> h) {
    std::vector<float> g = step(h);
    std::vector<std::vector<float>> rows;
    for (std::size_t i = 0; i < 3; ++i) {
      std::vector<float> dg(3), dh(3);
      dg[i] = 1;
      cell_->backward({h.data(), 1, 3}, saved_, {g.data(), 1, 3}, {dg.data(), 1, 3}, d_, {dh.data(), 1, 3});
      rows.push_back(dh);
    }
    return rows;
  }

 private:
  Matrix room(int width) {
    buffers_.push_back(std::make_unique<math::Buffer>());
    return buffers_.back()->zeros(1, width);
  }

  std::unique_ptr<nn::Cell> cell_;
  nn::Layout layout_;
  std::vector<float> values_, gradient_;
  std::vector<std::unique_ptr<math::Buffer>> buffers_;
  nn::Matrices saved_, d_;
};

const std::vector<float> kState = {0.2f, -0.4f, 0.9f};

void check_values(const std::vector<float>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k] == Approx(expected[k]).margin(3e-7));  // float32
}

UnitCell affine(std::unique_ptr<nn::Cell> cell, std::int64_t rows, double hidden_bias = 0.4) {
  return UnitCell(std::move(cell), {{"weight_ih", {rows, 2}, 0.1},
                                    {"weight_hh", {rows, 3}, 0.2},
                                    {"bias_ih", {rows}, 0.3},
                                    {"bias_hh", {rows}, hidden_bias}});
}

}  // namespace

TEST_CASE("ctd_data: GRU") {
  UnitCell cell = affine(nn::gru_cell(3, nn::cell_names("")), 9);
  const auto h = cell.step(kState);
  check_values(h, {-0.170926033, -0.357447540, 0.867106905});
  check_values(cell.step(h), {-0.294675020, -0.274690413, 0.854571278});
  const auto J = cell.jacobian(kState);
  check_values(J[0], {0.344515449, -0.012669774, 0.054360134});
  check_values(J[1], {-0.146395264, 0.628309657, 0.147465286});
  check_values(J[2], {-0.013943824, -0.031935837, 0.517737421});
}

TEST_CASE("ctd_data: clipped GRU") {
  UnitCell cell = affine(nn::clipped_gru_cell(3, 5, nn::cell_names("")), 9, -1);
  check_values(cell.step(kState), {-0.094935891, -0.371769475, 0.834144433});
  const auto J = cell.jacobian(kState);
  check_values(J[0], {0.287894524, 0.207609918, 0.023844309});
  check_values(J[1], {-0.049664472, 0.690157775, 0.042266036});
  check_values(J[2], {-0.014253752, -0.057667990, 0.524862448});
}

TEST_CASE("ctd_data: vanilla, LDS and NODE") {
  check_values(affine(nn::vanilla_cell(3, nn::cell_names("")), 3).step(kState),
               {-0.338085761, 0.841577786, -0.299809374});
  check_values(affine(nn::linear_cell(3, nn::cell_names("")), 3).step(kState),
               {-0.351929668, 1.226557132, -0.309310138});
  UnitCell node(nn::node_cell(3, 2, 4, 3, "f."), {{"f.0.weight", {4, 5}, 0.1},
                                                  {"f.0.bias", {4}, 0.2},
                                                  {"f.2.weight", {4, 4}, 0.3},
                                                  {"f.2.bias", {4}, 0.4},
                                                  {"f.4.weight", {3, 4}, 0.5},
                                                  {"f.4.bias", {3}, 0.6}});
  check_values(node.step(kState), {0.250878543, -0.342056493, 0.875433912});
  const auto J = node.jacobian(kState);
  check_values(J[0], {1.020216486, -0.008123655, -0.018123110});
  check_values(J[1], {0.019313914, 0.990769663, -0.016935357});
  check_values(J[2], {0.013366450, -0.007926010, 0.988675996});
}

namespace {

// The loss of given log-rates: states that are the log-rates, read out by the identity.
double loss_of(Config config, const std::vector<float>& log_rates) {
  config.model.extents = {3, 2, 2, 0};
  config.model.dropout = 0;
  const std::vector<float> counts = {1, 0, 2, 1, 0, 3, 0, 1, 4, 0, 1, 1};
  Trials trials;
  trials.n = 2, trials.encod = trials.recon = counts, trials.lengths = {2, 3};
  const std::vector<std::int64_t> rows = {0, 1};
  const std::vector<int> places = {0, 1};
  const Batch batch{&trials, rows};
  const Pass pass{noise_of(0, 0), true, false};
  Preparation preparation(config, config.model.extents);
  std::vector<float> by_step(12), weights = {1, 0, 0, 1, 0, 0};
  for (int i = 0; i < 2; ++i)
    for (int t = 0; t < 3; ++t)
      for (int n = 0; n < 2; ++n)
        by_step[static_cast<std::size_t>(4 * t + 2 * i + n)] =
            log_rates[static_cast<std::size_t>(6 * i + 2 * t + n)];
  nn::Layout layout;
  layout.add("readout.weight", {2, 2});
  layout.add("readout.bias", {2});
  PoissonReadout readout(config, config.model);
  readout.bind(nn::Parameters(layout, weights.data(), nullptr));
  Loss loss;
  readout.run({weights, batch, pass, {}}, places, preparation.prepare(batch, pass, places),
              {by_step.data(), 6, 2}, {}, loss);
  return loss.recon;
}

const std::vector<float> kLogRates = {.1f, -.2f, .3f, 0, -.5f, .4f, 0, .2f, .6f, -.1f, .2f, .2f};

}  // namespace

TEST_CASE("ctd_data: losses") {
  Config sae, multitask, lfads;
  multitask.train.loss = LossKind::multitask;
  lfads.model.family = ModelFamily::lfads;
  Config masked = lfads;
  masked.augment.trial_length_mask = true;
  CHECK(loss_of(sae, kLogRates) == Approx(0.738606694).epsilon(2e-7));
  CHECK(loss_of(multitask, kLogRates) == Approx(0.270883478).epsilon(2e-7));
  CHECK(loss_of(lfads, kLogRates) == Approx(1.203035960).epsilon(2e-7));
  CHECK(loss_of(masked, kLogRates) == Approx(0.392466487).epsilon(2e-7));
  CHECK(loss_of(sae, std::vector<float>(12, 0)) == 1);
}

TEST_CASE("ctd_data: divergences from the priors") {
  std::vector<float> code = {.3f, -.2f, static_cast<float>(2 * std::log(.5)),
                             static_cast<float>(2 * std::log(.2))};
  std::vector<float> mean(2), log_variance(2, static_cast<float>(std::log(.1)));
  Priors priors;
  priors.ic_mean.value = {mean.data(), 1, 2};
  priors.ic_log_variance.value = {log_variance.data(), 1, 2};
  CHECK(ic_divergence(priors, 0, {code.data(), 1, 4}, 1, {}) == Approx(1.1000).epsilon(1e-5));

  // log p = log q - KL, where q has its mean at the path, unit variance, and the sample is the mean.
  std::vector<float> path = {.2f, 0, -.1f, 0, .4f, 0}, numbers(3);
  std::vector<float> log_tau = {static_cast<float>(std::log(10))},
                     log_noise = {static_cast<float>(std::log(.1))};
  priors.co_first.value = {log_tau.data(), 1, 1}, priors.co_second.value = {log_noise.data(), 1, 1};
  LfadsSpec spec;
  spec.co_dim = 1;
  const double log_q = -1.5 * std::log(2 * std::numbers::pi);
  CHECK(log_q - co_divergence(spec, priors, 1, {path.data(), 3, 2}, {numbers.data(), 3, 1}, 1, {}) ==
        Approx(-1.790662849).epsilon(1e-6));

  spec.co_prior = CoPrior::student_t, spec.co_prior_df = 3;
  std::vector<float> loc = {1}, log_scale = {0};
  priors.co_first.value = {loc.data(), 1, 1}, priors.co_second.value = {log_scale.data(), 1, 1};
  const double peak = std::lgamma(2.0) - std::lgamma(1.5) - 0.5 * std::log(3 * std::numbers::pi);
  CHECK(peak - co_divergence(spec, priors, 1, {path.data(), 1, 2}, {numbers.data(), 1, 1}, 1, {}) ==
        Approx(-1.387631636).epsilon(1e-6));
}

TEST_CASE("ctd_data: ramps, smoothing, plateaus and the end") {
  for (const auto& [epoch, expected] :
       {std::pair{0, 0.0123457}, {1, 0.0246914}, {39, 0.4938272}, {79, 0.9876543}, {80, 1.0}})
    CHECK(ramp(epoch, 0, 80) == Approx(expected).epsilon(1e-5));
  Config c;
  c.model.family = ModelFamily::lfads;
  c.train.lr = 1e-3, c.train.lr_patience = 6, c.train.lr_decay = 0.95, c.train.early_stopping_patience = 9;
  Schedule s(c);
  const std::vector<std::pair<double, double>> course = {
      {1.0, 1.0}, {0.8, 0.86}, {0.9, 0.888}, {0.5, 0.6164}};
  for (const auto& [metric, smoothed] : course) {
    s.end_epoch(metric);
    CHECK(s.smoothed() == Approx(smoothed).epsilon(1e-12));
  }
  for (int k = 1; k <= 9; ++k) {
    CHECK_FALSE(s.finished());
    s.end_epoch(2);
    CHECK(s.lr() == Approx(k < 7 ? 1e-3 : 0.95e-3).epsilon(1e-12));  // at the seventh
  }
  CHECK(s.finished());
}

TEST_CASE("ctd_data: parameter counts") {
  const auto count = [](Extents extents, const std::function<void(ModelSpec&)>& set) {
    ModelSpec spec;
    spec.extents = extents;
    set(spec);
    const Layout layout(spec);
    return std::pair(layout.size(), layout.trainable());
  };
  const Extents bff{500, 50, 60, 3}, multitask{320, 50, 60, 20}, reach{150, 50, 60, 17};
  const auto sae = [&](Extents extents, CellType cell, int latents) {
    return count(extents, [&](ModelSpec& m) { m.sae.cell = cell, m.sae.latent_size = latents; }).first;
  };
  CHECK(sae(bff, CellType::gru, 128) == 175740);
  CHECK(sae(multitask, CellType::gru, 128) == 182268);
  CHECK(sae(reach, CellType::gru, 64) == 123900);
  for (const CellType cell : {CellType::vanilla, CellType::lds}) {
    CHECK(sae(bff, cell, 128) == 141692);
    CHECK(sae(multitask, cell, 128) == 143868);
    CHECK(sae(reach, cell, 128) == 143484);
  }
  const std::vector<std::pair<int, std::size_t>> node = {{10, 179512}, {3, 175886},  {5, 176922}, {8, 178476},
                                                         {16, 182620}, {32, 190908}, {64, 207484}};
  for (const auto& [latents, expected] : node) CHECK(sae(bff, CellType::node, latents) == expected);
  CHECK(sae(multitask, CellType::node, 20) == 186868);
  CHECK(sae(reach, CellType::node, 15) == 183894);

  using Pair = std::pair<std::size_t, std::size_t>;
  const auto lfads = [&](Extents extents, int factors, int inferred,
                         CoPrior prior = CoPrior::autoregressive) {
    if (inferred > 0) extents.U = 0;
    return count(extents, [&](ModelSpec& m) {
      m.family = ModelFamily::lfads;
      m.lfads.fac_dim = factors, m.lfads.co_dim = inferred, m.lfads.co_prior = prior;
      if (inferred > 0) m.lfads.ci_enc_dim = m.lfads.con_dim = 128;
    });
  };
  CHECK(lfads(bff, 128, 0) == Pair(296252, 294972));
  CHECK(lfads(multitask, 20, 0) == Pair(282476, 281196));
  CHECK(lfads(reach, 20, 0) == Pair(281324, 280044));
  CHECK(lfads(bff, 20, 3, CoPrior::student_t) == Pair(571256, 568824));
  CHECK(lfads(multitask, 20, 15) == Pair(578984, 576552));
  CHECK(lfads(reach, 64, 17) == Pair(605440, 603008));
}

TEST_CASE("ctd_data: what never varies has no R2 in sample, other scores stay") {
  using namespace test;
  Config config = small_lfads(true);
  Recording recording;
  recording.extents = config.model.extents;
  recording.true_latents = recording.true_inputs = 2;
  recording.valid = made_up_trials();
  const auto waves = [](int width, double pace) {
    std::vector<float> all(static_cast<std::size_t>(kB * kT * width));
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<float>(std::sin(pace * double(k)));
    return all;
  };
  recording.valid.latents = waves(2, 1.7), recording.valid.true_inputs = waves(2, 2.3);
  Outputs outputs;
  outputs.latents = waves(config.model.latents(), 0.9), outputs.generator_inputs = waves(2 + kU, 1.1);
  const Scores of_both = scores_of(config.model, recording, outputs);
  CHECK(std::isfinite(of_both.state_r2));
  CHECK(std::isfinite(of_both.input_r2));
  std::ranges::fill(outputs.latents, 0.25f);
  const Scores collapsed = scores_of(config.model, recording, outputs);
  CHECK(std::isnan(collapsed.state_r2));
  CHECK(collapsed.input_r2 == of_both.input_r2);
  std::ranges::fill(recording.valid.true_inputs, 0.5f);
  CHECK(std::isnan(scores_of(config.model, recording, outputs).input_r2));
}

}  // namespace tsd::ctd_data
