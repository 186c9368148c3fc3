#include "families/microcircuit/model/circuit.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace tsd::microcircuit {

namespace {

constexpr int kOneColumn = -2;  // of take_all() below: a vector

void scale(const std::vector<double>& values, double factor, int count, std::vector<double>& by_layer) {
  for (std::size_t l = 1; l <= static_cast<std::size_t>(count); ++l) by_layer[l] = factor * values[l - 1];
}

std::vector<bool> not_zero(const std::vector<double>& rates) {
  std::vector<bool> all;
  for (const double rate : rates) all.push_back(rate != 0);
  return all;
}

ModelSpec spec_of(const Config& c) {
  const bool filters = is_noisy(c.model_type);  // the original filters in the noisy models only
  ModelSpec s{.version = c.version,
              .model = c.rule(),
              .N = c.populations(),
              .n = c.layers,
              .phi = c.activations(),
              .noise_mode = c.noise_mode,
              .phase_steps = c.phase_steps(),
              .noise_steps = c.noise_steps(),
              .settling_steps = c.settling_steps(),
              .full_lookahead = c.taur.value_or(1) == 1,
              .WIP_learns = {},
              .BPI_learns = {},
              .inter_low_pass = filters && c.inter_low_pass,
              .pyr_hi_pass = c.pyr_hi_pass,
              .dWPP_low_pass = filters && c.dWPP_low_pass,
              .dWPP_r_low_pass = filters && c.dWPP_r_low_pass,
              .dWPP_post_low_pass = filters && c.dWPP_post_low_pass,
              .dWPP_use_activation = c.dWPP_use_activation,
              .gate_regularizer = c.gate_regularizer,
              .varphi_regularizer = c.varphi_regularizer,
              .skips = c.skips(),
              .original = c.original(),
              .time_step = 0,
              .phase_time = 0};
  if (s.original && s.version == Version::phased) s.time_step = c.dt, s.phase_time = c.Tbw;
  s.phi.insert(s.phi.begin(), Activation::linear);  // of the input, by layer
  return s;
}

}  // namespace

Circuit::Circuit(const Config& c) : ModelSpec(spec_of(c)), Constants<double>(c.populations()) {
  const double dt = c.dt, hidden = c.gl + c.gbas + c.gapi, output = c.gl + c.gbas + c.gntgt,
               inter = c.gl + c.gden + c.gnI;
  hidden_basal = c.gbas / hidden, hidden_apical = c.gapi / hidden;
  output_basal = c.gbas / output, output_target = c.gntgt / output;
  output_free = c.gbas / (c.gl + c.gbas);
  inter_dendritic = c.gden / inter, inter_nudge = c.gnI / inter;
  // Without a target the output still relaxes with the time constant it has with one (quirk Q13).
  hidden_leak = dt * hidden, output_leak = dt * output, inter_leak = dt * inter;
  hidden_prediction = hidden_basal, output_prediction = output_free;
  inter_prediction = c.gden / (c.gl + c.gden);
  lookahead = c.taur.value_or(1);
  hi_pass = dt / (version == Version::phased ? c.tausyn : c.tauHP);
  lo_pass = dt / (version == Version::phased ? c.tausyn : c.tauLO);
  epsilon_pass = dt / c.taueps;
  aligned = (1 - std::cos(c.noise_deg * std::numbers::pi / 180)) / 2;
  // The original takes dt, though noise is renewed every dtxi (quirk Q7).
  const double a = static_cast<double>(original ? 1 : noise_steps) * dt / c.tauxi;
  const bool ou = c.noise_type == NoiseType::OU;
  noise_keep = ou ? 1 - a : 0;
  noise_gain = ou ? std::sqrt(a) : 1;
  scale(c.eta_fw, dt, N, fw);
  scale(c.eta_bw, dt, N - 1, bw);
  if (skips)
    std::ranges::fill(ip, dt * c.eta_IP[0]);
  else
    scale(c.eta_IP, dt, N - 1, ip);
  scale(c.eta_PI, dt, N - 1, pi);
  scale(c.noise_scale, 1, N - 1, noise_scale);
  scale(c.alpha, 1, N - 1, decay);
  for (std::size_t l = 1; l + 1 < decay.size(); ++l) decay[l] *= model == Model::KP ? fw[l + 1] : bw[l];
  WIP_learns = not_zero(ip), BPI_learns = not_zero(pi);
}

int ModelSpec::hidden_neurons() const { return std::accumulate(n.begin() + 1, n.end() - 1, 0); }

Layout::Layout(const ModelSpec& c) {
  const auto size_of = [&](int l) { return static_cast<std::size_t>(c.n[static_cast<std::size_t>(l)]); };
  const auto take = [&](std::size_t rows, std::size_t columns, bool is_matrix) {
    const Slot slot{size, rows, columns, is_matrix};
    size += slot.size();
    return slot;
  };
  // One slot per layer in [first, last]: of n_{l + up} rows, and n_{l + from} columns or one.
  const auto take_all = [&](int first, int last, int up, int from = kOneColumn) {
    Slots slots(static_cast<std::size_t>(c.N) + 1);
    for (int l = first; l <= last; ++l)
      slots[static_cast<std::size_t>(l)] = from == kOneColumn
                                               ? take(size_of(l + up), 1, false)
                                               : take(size_of(l + up), size_of(l + from), true);
    return slots;
  };
  const int N = c.N, inter = c.lowest_interneurons();
  const auto take_feedback = [&] {
    Slots slots(static_cast<std::size_t>(N) + 1);
    for (int l = 1; l < N; ++l)
      slots[static_cast<std::size_t>(l)] = take(size_of(l), size_of(c.above(l)), true);
    return slots;
  };
  const auto take_scalars = [&] {
    Slots slots(static_cast<std::size_t>(N) + 1);
    for (int l = 1; l < N; ++l) slots[static_cast<std::size_t>(l)] = take(1, 1, false);
    return slots;
  };
  WPP = take_all(1, N, 0, -1);
  WIP = take_all(inter, N - 1, 1, 0);
  BPP = take_feedback();
  BPI = take_feedback();
  for (Activity& a : activity) {
    a.r0 = take(size_of(0), 1, false);
    a.ub = take_all(1, N, 0), a.ubI = take_all(inter, N - 1, 1);
    a.r = take_all(1, N, 0), a.rI = take_all(inter, N - 1, 1);
    a.vbas = take_all(1, N, 0), a.vden = take_all(inter, N - 1, 1), a.vapi = take_all(1, N - 1, 0);
    a.xi = take_all(1, N - 1, 0);
  }
  uP = take_all(1, N, 0), uI = take_all(inter, N - 1, 1);
  ub_next = take_all(1, N, 0), ubI_next = take_all(inter, N - 1, 1);
  rHI = take_all(c.above(1), N, 0);
  if (c.dWPP_low_pass) dWPP_LO = take_all(1, N, 0, -1);
  if (c.dWPP_r_low_pass) rLO = take_all(0, N - 1, 0);
  if (c.dWPP_post_low_pass) postLO = take_all(1, N, 0);
  epsilon = take_scalars(), epsilon_LO = take_scalars();
  if (c.version == Version::current) return;
  dBPP = take_feedback();
  active = take(1, 1, false), noise_age = take(1, 1, false);
  if (c.original) vapi_noise = take_all(1, N - 1, 0), time = take(1, 1, false);
}

}  // namespace tsd::microcircuit
