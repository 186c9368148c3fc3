// The constants of a microcircuit, and where each of its quantities lies in memory.
//
// Letters: N populations of pyramidal cells, n_0 inputs, n_l cells in layer l = 1 .. N. Lists are indexed by
// l as in the paper; what does not exist there (index 0, the output of a list of hidden layers) is empty.
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "families/microcircuit/config.hpp"

namespace tsd::microcircuit {

// What a step computes. Circuits that agree in it are simulated by the same instructions.
struct ModelSpec {
  Version version;
  Model model;
  int N;
  std::vector<int> n;           // n_0 .. n_N
  std::vector<Activation> phi;  // [l]
  NoiseMode noise_mode;
  std::int64_t phase_steps;     // from one noisy layer to the next (phased)
  std::int64_t noise_steps;     // Euler steps from one sample to the next
  std::int64_t settling_steps;  // after which noise and learning begin
  bool full_lookahead;
  std::vector<bool> WIP_learns, BPI_learns;  // [l], at a rate that is not zero
  bool inter_low_pass, pyr_hi_pass, dWPP_low_pass, dWPP_r_low_pass, dWPP_post_low_pass, dWPP_use_activation;
  bool gate_regularizer, varphi_regularizer;
  bool skips;                    // feedback comes from the output
  bool original;                 // quirks: original
  double time_step, phase_time;  // as the original tells phases (phased, quirk Q27); else 0

  bool operator==(const ModelSpec&) const = default;

  const VersionFacts& facts() const { return facts_of(version); }
  bool noisy() const { return is_noisy(model); }
  // Where the feedback to hidden layer l comes from: the next population, or the output (skip connectivity).
  // The interneurons that cancel it mirror that population, and lie one layer below it.
  int above(int l) const { return skips ? N : l + 1; }
  int lowest_interneurons() const { return above(1) - 1; }
  int hidden_neurons() const;  // n_1 + .. + n_{N-1}: Gaussians of a noise sample
  // Layers are renewed in turn, by one counter for all (quirk Q6).
  bool staggers_noise() const { return original && noise_steps > 1; }
  // Whether layer l gets a new sample in this step, counted from the first with noise.
  bool noise_due(std::int64_t step, int l) const {
    if (!staggers_noise() || step == 0) return step % noise_steps == 0;
    return ((step - 1) * (N - 1) + l) % noise_steps == 0;
  }
};

// Numbers in the equations (microcircuit.md 3.2, 4), times in ms and rates in 1/ms: of one circuit, or of
// several side by side.
template <class Number>
struct Constants {
  explicit Constants(int N)
      : fw(static_cast<std::size_t>(N) + 1), bw(fw), ip(fw), pi(fw), decay(fw), noise_scale(fw) {}

  // Weights of the compartments in what the soma relaxes to, and dt over the time constant of that
  // relaxation.
  Number hidden_basal, hidden_apical, output_basal, output_target, output_free, inter_dendritic, inter_nudge;
  Number hidden_leak, output_leak, inter_leak;
  Number hidden_prediction, output_prediction, inter_prediction;  // of the soma by its dendrite: cH, cO, cD
  Number lookahead;                                               // taur; 1: full
  Number noise_keep, noise_gain;                                  // xi <- keep xi + gain w
  Number hi_pass, lo_pass;  // dt / tauHP, dt / tauLO; phased: both dt / tausyn
  Number epsilon_pass,
      aligned;  // dt / taueps; below which epsilon_LO a layer counts as aligned (uP_adaptive)
  std::vector<Number> fw, bw, ip, pi;  // dt * learning rate [l]
  std::vector<Number> decay;           // dt * alpha * eta_bw [l]
  std::vector<Number> noise_scale;     // [l]

  // visit(number) for each of them, always in the same order.
  template <class Visit>
  void each(const Visit& visit) {
    for (Number* number :
         {&hidden_basal,      &hidden_apical,     &output_basal,     &output_target, &output_free,
          &inter_dendritic,   &inter_nudge,       &hidden_leak,      &output_leak,   &inter_leak,
          &hidden_prediction, &output_prediction, &inter_prediction, &lookahead,     &noise_keep,
          &noise_gain,        &hi_pass,           &lo_pass,          &epsilon_pass,  &aligned})
      visit(*number);
    for (std::vector<Number>* list : {&fw, &bw, &ip, &pi, &decay, &noise_scale})
      for (Number& number : *list) visit(number);
  }
};

struct Circuit : ModelSpec, Constants<double> {
  explicit Circuit(const Config& config);

  double prediction(int l) const { return l < N ? hidden_prediction : output_prediction; }
};

struct Slot {
  std::size_t at = 0, rows = 0, columns = 1;
  bool is_matrix = false;  // else a vector; also where there is one column
  std::size_t size() const { return rows * columns; }
};
using Slots = std::vector<Slot>;

// All state of one circuit in one array of doubles.
struct Layout {
  explicit Layout(const ModelSpec& spec);

  // What a step computes and the next one still needs: step t fills activity[t % 2].
  struct Activity {
    Slot r0;
    Slots ub, ubI, r, rI;    // lookahead potentials and rates
    Slots vbas, vden, vapi;  // dendritic potentials, noise not included
    Slots xi;                // noise of hidden layers
  };
  std::array<Activity, 2> activity;
  Slots uP, uI;             // somatic potentials
  Slots ub_next, ubI_next;  // lookahead potentials of the step to come
  Slots WPP, WIP, BPP, BPI;
  Slots rHI;  // high-passed rates [2 .. N], as the step before left them; phased: [N], of this step
  Slots dWPP_LO, rLO, postLO;  // low-passed increment, presynaptic rate [0 .. N-1], postsynaptic difference
  Slots epsilon,
      epsilon_LO;  // misalignment of potentials and feedback, and its low-pass; uP_adaptive follows it
  // Phased:
  Slots dBPP;              // increments of the step
  Slot active, noise_age;  // the noisy hidden layer, from 0; steps since its noise was drawn
  Slots vapi_noise;        // apical potentials as noise left them (quirk Q17)
  Slot time;               // as the original counts it, rounded in every step (quirk Q27)
  std::size_t size = 0;
};

// The state of one circuit with its age.
struct State {
  std::vector<double> values;  // Layout::size
  std::int64_t steps = 0;      // Euler steps since it was made

  std::span<double> operator[](const Slot& slot) { return std::span(values).subspan(slot.at, slot.size()); }
  std::span<const double> operator[](const Slot& slot) const {
    return std::span(values).subspan(slot.at, slot.size());
  }
  // Of the last step, and of the one before it.
  const Layout::Activity& now(const Layout& layout) const { return layout.activity[(steps + 1) % 2]; }
  const Layout::Activity& before(const Layout& layout) const { return layout.activity[steps % 2]; }
};

}  // namespace tsd::microcircuit
