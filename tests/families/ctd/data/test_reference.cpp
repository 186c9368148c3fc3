// Losses, latents and gradients of both backends against PyTorch's autograd (scripts/reference/oracles/ctd/auto_encoders.py).
#include <algorithm>
#include <limits>
#include <numeric>

#include "families/ctd/data/made_up.hpp"
#include "support/catch.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::ctd_data {
namespace {

using namespace test;

const Arrays& golden() {
  static const Arrays all =
      read_safetensors(TSD_SOURCE_DIR "/tests/golden/ctd_data.safetensors", Checksum::if_present).arrays;
  return all;
}

struct Case {
  std::string name;
  Config config;
};

std::vector<Case> cases() {
  Config multitask = small_sae(CellType::gru), own_steps = small_lfads(true), masked = small_lfads(false);
  multitask.train.loss = LossKind::multitask;
  own_steps.model.lfads.ic_enc_seq_len = 2;
  masked.augment.trial_length_mask = true;
  Config sae_forward = small_sae(CellType::gru), supplied_forward = small_lfads(false),
         ar_forward = small_lfads(true);
  for (Config* c : {&sae_forward, &supplied_forward, &ar_forward}) c->model.extents.forward = 2;
  ar_forward.model.lfads.ic_enc_seq_len = 1;
  return {{"sae_gru", small_sae(CellType::gru)},
          {"sae_vanilla", small_sae(CellType::vanilla)},
          {"sae_node", small_sae(CellType::node)},
          {"sae_lds", small_sae(CellType::lds)},
          {"sae_mlp", small_sae(CellType::gru, Readout::mlp)},
          {"sae_flow", small_sae(CellType::gru, Readout::flow)},
          {"sae_multitask", multitask},
          {"lfads_supplied", small_lfads(false)},
          {"lfads_ar", small_lfads(true)},
          {"lfads_student", small_lfads(true, CoPrior::student_t)},
          {"lfads_own_steps", own_steps},
          {"lfads_masked", masked},
          {"sae_forward", sae_forward},
          {"lfads_forward_supplied", supplied_forward},
          {"lfads_forward_ar", ar_forward},
          {"lfads_mse", small_lfads(false, CoPrior::autoregressive, Likelihood::mse)},
          {"lfads_gaussian", small_lfads(false, CoPrior::autoregressive, Likelihood::gaussian)},
          {"lfads_gamma", small_lfads(false, CoPrior::autoregressive, Likelihood::gamma)},
          {"lfads_zero_inflated_gamma",
           small_lfads(false, CoPrior::autoregressive, Likelihood::zero_inflated_gamma)}};
}

// Float32 over a few steps against double precision. NaN is never near.
void check_near(std::span<const float> got, std::span<const double> expected, double scale,
                double tolerance) {
  REQUIRE(got.size() == expected.size());
  std::size_t beyond = 0;
  for (std::size_t k = 0; k < got.size(); ++k)
    beyond += !(std::fabs(got[k] - expected[k]) <= tolerance * scale);
  CHECK(beyond == 0);
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double x : values) most = std::max(most, std::fabs(x));
  return most;
}

void check_case(const Case& c, Backend& backend) {
  const Layout layout(c.config.model);
  const auto parameters = made_up_parameters(layout);
  const Trials trials = made_up_trials(c.name == "lfads_gamma" ? 0.5 : 0, c.config.model.extents.forward);
  std::vector<std::int64_t> rows(kB);
  std::iota(rows.begin(), rows.end(), 0);
  const Batch batch{&trials, rows};
  const Pass pass{noise_of(11, 5), true, true};
  const Objective objective = c.config.model.is_lfads() ? Objective{10, 0.3, 0.2} : Objective{};
  std::vector<float> gradient(layout.size(), -1);
  const Loss loss = backend.gradient(parameters, batch, pass, objective, gradient);
  const auto expected = find(golden(), c.name + "/loss").as<double>();
  CHECK(loss.recon == Approx(expected[0]).epsilon(2e-6));
  CHECK(loss.kl_ic == Approx(expected[1]).epsilon(2e-6));
  // A mean of differences of log densities, which are of size 1: those that nearly cancel keep the rounding.
  CHECK(loss.kl_co == Approx(expected[2]).epsilon(1e-5).margin(2e-7));
  double most = 0;
  for (const nn::Slot& slot : layout.slots())
    most = std::max(most, largest(find(golden(), c.name + "/gradient/" + slot.name).as<double>()));
  for (const nn::Slot& slot : layout.slots()) {
    CAPTURE(slot.name);
    check_near(std::span(gradient).subspan(slot.offset, slot.size()),
               find(golden(), c.name + "/gradient/" + slot.name).as<double>(), most, 2e-6);
  }
  Outputs outputs;
  const Loss again = backend.run(parameters, batch, pass, &outputs);
  CHECK(again.recon == Approx(loss.recon).epsilon(1e-12));
  CHECK(again.kl_co == Approx(loss.kl_co).epsilon(1e-12));
  check_near(outputs.latents, find(golden(), c.name + "/latents").as<double>(), 1, 2e-6);
}

}  // namespace

TEST_CASE("ctd_data: plain models give PyTorch's losses, latents and gradients") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    check_case(c, *torch_backend(c.config, c.config.model, "cpu"));
  }
}

TEST_CASE("ctd_data: native models give PyTorch's losses, latents and gradients") {
  for (const Case& c : cases()) {
    if (!has_native(c.config.model)) continue;
    CAPTURE(c.name);
    check_case(c, *native_backend(c.config, c.config.model, 2));
  }
}

TEST_CASE("ctd_data: models in training mode, posterior means and data as they are, give PyTorch's outputs") {
  const Trials trials = made_up_trials();
  const std::vector<std::int64_t> rows = {0, 1, 2};
  const Pass pass{noise_of(11, 5), false, false, true};
  const Config sae = small_sae(CellType::gru), lfads = small_lfads(true);
  for (const Config* c : {&sae, &lfads}) {
    const Layout layout(c->model);
    const auto parameters = made_up_parameters(layout);
    const std::string name = c->model.is_lfads() ? "lfads_dropout" : "sae_gru";
    for (const bool native : {true, false}) {
      CAPTURE(name, native);
      const auto backend = native ? native_backend(*c, c->model, 2) : torch_backend(*c, c->model, "cpu");
      Outputs with, without;
      backend->run(parameters, {&trials, rows}, pass, &with);
      check_near(with.latents, find(golden(), name + "/latents").as<double>(), 1, 2e-6);
      if (c->model.is_lfads()) check_near(with.rates, find(golden(), name + "/rates").as<double>(), 1, 1e-5);
      backend->run(parameters, {&trials, rows}, {noise_of(11, 5), false, false}, &without);
      CHECK(with.latents != without.latents);
    }
  }
}

TEST_CASE("ctd_data: native and plain models agree where blocks of trials take several chunks of steps") {
  for (const Case& c : cases()) {
    if (!has_native(c.config.model)) continue;
    CAPTURE(c.name);
    const ModelSpec& spec = c.config.model;
    const Layout layout(spec);
    const auto parameters = made_up_parameters(layout);
    const Trials trials = made_up_trials(0, spec.extents.forward);
    std::vector<std::int64_t> rows(250);  // two blocks of 125: chunks of four steps and of three
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = static_cast<std::int64_t>(k * k % kB);
    const Objective objective = spec.is_lfads() ? Objective{10, 0.3, 0.2} : Objective{};
    const Pass pass{noise_of(4, 3), true, true};
    std::vector<float> native(layout.size()), plain(layout.size());
    const Loss a =
        native_backend(c.config, spec, 2)->gradient(parameters, {&trials, rows}, pass, objective, native);
    const Loss b =
        torch_backend(c.config, spec, "cpu")->gradient(parameters, {&trials, rows}, pass, objective, plain);
    CHECK(a.recon == Approx(b.recon).epsilon(2e-6));
    CHECK(a.kl_ic == Approx(b.kl_ic).epsilon(2e-6));
    CHECK(a.kl_co == Approx(b.kl_co).epsilon(1e-5));
    const std::vector<double> expected(plain.begin(), plain.end());
    check_near(native, expected, largest(expected), 5e-6);  // both in float32
  }
}

namespace {

// Two sessions of two and of four neurons among the six, half of each held in; trial 1 is the second's.
struct Stitched {
  Config config = small_lfads(true);
  Trials trials;

  Stitched() {
    config.model.lfads.readin_dim = 3;
    config.model.extents = {kT, 3, kAll, kU, 2};
    auto sessions = std::make_shared<Sessions>();
    sessions->parts = {{0, 1, 3, 4}, {1, 3, 4, 6}};
    sessions->mean = {0.5f, 1.5f, 1};
    trials = made_up_trials(0, 2);
    trials.encod = columns(trials.encod, kIn, 3);
    trials.session = {0, 1, 0};
    for (std::size_t k = 0; k < trials.recon.size(); ++k) {
      const auto trial = k / (kT * kAll);
      const auto n = static_cast<int>(k % kAll);
      if (sessions->parts[static_cast<std::size_t>(trials.session[trial])].has(n)) continue;
      trials.recon[k] = std::numeric_limits<float>::quiet_NaN();
      if (n < 3 && k / kAll % kT < kT - 2)
        trials.encod[(trial * (kT - 2) + k / kAll % kT) * 3 + static_cast<std::size_t>(n)] = 0;
    }
    trials.sessions = sessions;
  }
};

}  // namespace

TEST_CASE("ctd_data: native and plain models of several sessions agree, loss and gradient") {
  const Stitched s;
  const Layout layout(s.config.model);
  const auto parameters = made_up_parameters(layout);
  const std::vector<std::int64_t> rows = {0, 1, 2, 1};
  const Pass pass{noise_of(4, 3), true, true};
  std::vector<float> native(layout.size()), plain(layout.size());
  const Loss a = native_backend(s.config, s.config.model, 2)
                     ->gradient(parameters, {&s.trials, rows}, pass, {10, 0.3, 0.2}, native);
  const Loss b = torch_backend(s.config, s.config.model, "cpu")
                     ->gradient(parameters, {&s.trials, rows}, pass, {10, 0.3, 0.2}, plain);
  CHECK(std::isfinite(a.recon));
  CHECK(a.recon == Approx(b.recon).epsilon(2e-6));
  CHECK(a.kl_co == Approx(b.kl_co).epsilon(1e-5));
  const std::vector<double> expected(plain.begin(), plain.end());
  check_near(native, expected, largest(expected), 5e-6);
  for (std::size_t k = 0; k < layout["readin.weight"].size(); ++k)
    CHECK(native[layout["readin.weight"].offset + k] == 0);  // stays as it was drawn
}

TEST_CASE("ctd_data: a session's trial has the loss that it has alone, and moves its own readout") {
  Stitched s;
  s.config.augment = {}, s.config.model.dropout = 0;
  const Layout layout(s.config.model);
  auto parameters = made_up_parameters(layout);
  const std::vector<std::int64_t> rows = {1};
  const Pass pass{noise_of(4, 3), true, false};
  std::vector<float> gradient(layout.size());
  const auto run = [&] {
    return native_backend(s.config, s.config.model, 1)
        ->gradient(parameters, {&s.trials, rows}, pass, {1, 0, 0}, gradient)
        .recon;
  };
  const double loss = run();
  const nn::Slot readout = layout["readout.weight"];
  for (int n = 0; n < kAll; ++n) {
    const auto own = std::span(gradient).subspan(readout.offset + static_cast<std::size_t>(n) * 3, 3);
    CHECK(std::ranges::any_of(own, [](float x) { return x != 0; }) == s.trials.sessions->parts[1].has(n));
  }
  // Neither the other session's readout nor its read-in has a say.
  for (const std::size_t n : {0, 3})
    for (std::size_t k = 0; k < 3; ++k) parameters[readout.offset + n * 3 + k] += 1;
  const nn::Slot readin = layout["readin.weight"];
  for (std::size_t d = 0; d < 3; ++d) parameters[readin.offset + d * 3] += 1;
  CHECK(run() == loss);
  // Alone: the mean over its own four neurons.
  Config alone = s.config;
  alone.model.extents.N_in = 2, alone.model.extents.N_all = 4;
  const Layout small(alone.model);
  std::vector<float> own(small.size());
  constexpr std::size_t kColumns[] = {1, 2, 4, 5};
  for (const nn::Slot& slot : small.slots())
    for (std::size_t k = 0; k < slot.size(); ++k) {
      std::size_t from = k;
      if (slot.name == "readin.weight") from = k / 2 * 3 + 1 + k % 2;
      if (slot.name == "readout.weight") from = kColumns[k / 3] * 3 + k % 3;
      if (slot.name == "readout.bias") from = kColumns[k];
      own[slot.offset + k] = parameters[layout[slot.name].offset + from];
    }
  Trials trials;
  trials.n = 1, trials.session = {0};
  for (std::size_t t = 0; t < kT; ++t) {
    for (const std::size_t n : kColumns) trials.recon.push_back(s.trials.recon[(kT + t) * kAll + n]);
    if (t < kT - 2)
      for (const std::size_t n : {1, 2}) trials.encod.push_back(s.trials.encod[(kT - 2 + t) * 3 + n]);
  }
  trials.inputs.assign(s.trials.inputs.begin() + kT * kU, s.trials.inputs.begin() + 2 * kT * kU);
  auto sessions = std::make_shared<Sessions>();
  sessions->parts = {{0, 2, 2, 4}}, sessions->mean = {1.5f, 1};
  trials.sessions = sessions;
  std::vector<float> of_own(small.size());
  const std::vector<std::int64_t> first = {0};
  CHECK(
      native_backend(alone, alone.model, 1)->gradient(own, {&trials, first}, pass, {1, 0, 0}, of_own).recon ==
      Approx(loss).epsilon(1e-6));
}

TEST_CASE("ctd_data: initial weights are those that PyTorch draws") {
  Config c = small_sae(CellType::gru);
  c.model.sae.latent_size = 8, c.model.sae.encoder_size = 100;
  c.model.extents = {10, 50, 60, 3};
  const Layout layout(c.model);
  const auto parameters = initial_parameters(c.model, layout, 0);
  for (const char* name : {"encoder.weight_ih_l0", "encoder.bias_hh_l0_reverse", "readout.weight",
                           "ic_linear.bias", "decoder.cell.weight_hh"}) {
    CAPTURE(name);
    const auto expected = find(golden(), std::string("initial/") + name).as<float>();
    for (std::size_t k = 0; k < expected.size(); ++k)
      CHECK(parameters[layout[name].offset + k] == expected[k]);
  }
}

}  // namespace tsd::ctd_data
