// The Euler step of the phased version (microcircuit.md 3.12, 4.4): every hidden layer gets feedback from the
// output, and the one population of interneurons, next to the last hidden layer, mirrors the output. Noise
// enters one hidden layer at a time, for a phase of Tbw each. It adds to the apical potential in every step
// and is zero in the other layers; the original does that only where noise is drawn anew (quirk Q17).
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "families/microcircuit/model/group.hpp"

namespace tsd::microcircuit {

namespace {

using Values = std::span<double>;
using View = std::span<const double>;

double dot(View a, View b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

bool is_zero(View values) {
  return std::ranges::all_of(values, [](double x) { return x == 0; });
}

class PhasedGroup final : public Group {
 public:
  PhasedGroup(const Layout& layout, Member member)
      : c_(*member.circuit),
        layout_(layout),
        generator_(*member.generator),
        N_(static_cast<std::size_t>(c_.N)),
        input_(static_cast<std::size_t>(c_.n.front())),
        target_(static_cast<std::size_t>(c_.n.back())) {
    state_.values.resize(layout.size);
  }

  void load(int, const State& state) override { state_ = state; }
  State save(int) const override { return state_; }
  std::vector<double> read(int, const Slot& slot) const override {
    const View values = state_[slot];
    return {values.begin(), values.end()};
  }
  void set_input(int, View rates) override { std::ranges::copy(rates, input_.begin()); }
  void set_target(int, View potentials) override { std::ranges::copy(potentials, target_.begin()); }

  void advance(std::int64_t steps, Plasticity plastic, bool targeted) override {
    for (; steps > 0; --steps) step(plastic, targeted);
  }

 private:
  using Activity = Layout::Activity;

  Values at(const Slot& slot) { return state_[slot]; }

  void step(Plasticity plastic, bool targeted) {
    const Activity &now = layout_.activity[static_cast<std::size_t>(state_.steps % 2)],
                   &old = layout_.activity[static_cast<std::size_t>((state_.steps + 1) % 2)];
    const bool noisy = plastic.backward && c_.noisy();
    if (noisy && phase_begins()) begin_phase(old);
    fire(now);
    integrate(now, old);
    draw_noise(now, old, noisy);
    const Values rHI = at(layout_.rHI[N_]), r = at(now.r[N_]), r_old = at(old.r[N_]);
    for (std::size_t k = 0; k < r.size(); ++k) rHI[k] += (r[k] - r_old[k]) - c_.hi_pass * rHI[k];
    if (plastic.backward) learn_backward(now, noisy);
    if (plastic.lateral) learn_lateral(now, old);
    if (plastic.forward) learn_forward(now, old);
    relax(now, targeted, noisy);
    ++state_.steps;
    if (!c_.original) return;
    const double tens = std::pow(10, std::round(-std::log10(c_.time_step)));
    double& time = at(layout_.time)[0];
    time = std::nearbyint((time + c_.time_step) * tens) / tens;
  }

  // Quirk Q27: the original looks whether its rounded time is a multiple of Tbw.
  bool phase_begins() {
    return c_.original ? std::fmod(at(layout_.time)[0], c_.phase_time) == 0
                       : state_.steps % c_.phase_steps == 0;
  }

  // The next hidden layer is the noisy one.
  void begin_phase(const Activity& old) {
    double& active = at(layout_.active)[0];
    active = active + 1 < static_cast<double>(N_ - 1) ? active + 1 : 0;
    at(layout_.noise_age)[0] = 0;
    for (std::size_t l = 1; l < N_; ++l) {
      std::ranges::fill(at(old.xi[l]), 0);
      std::ranges::fill(at(layout_.dBPP[l]), 0);
    }
  }

  std::size_t active_layer() { return 1 + static_cast<std::size_t>(at(layout_.active)[0]); }

  // Lookahead potentials and rates.
  void fire(const Activity& now) {
    const auto rates = [&](Activation f, const Slot& next, const Slot& ub, const Slot& r) {
      std::ranges::copy(at(next), at(ub).begin());
      std::ranges::transform(at(ub), at(r).begin(), [f](double u) { return phi(f, u); });
    };
    std::ranges::copy(input_, at(now.r0).begin());
    for (std::size_t l = 1; l <= N_; ++l) rates(c_.phi[l], layout_.ub_next[l], now.ub[l], now.r[l]);
    rates(c_.phi[N_], layout_.ubI_next[N_ - 1], now.ubI[N_ - 1], now.rI[N_ - 1]);
  }

  // to = W from
  void multiply(const Slot& W, const Slot& from, const Slot& to) {
    for (std::size_t i = 0; i < W.rows; ++i) at(to)[i] = dot(row(W, i), at(from));
  }
  Values row(const Slot& W, std::size_t i) { return at(W).subspan(i * W.columns, W.columns); }

  // Dendritic potentials.
  void integrate(const Activity& now, const Activity& old) {
    for (std::size_t l = 1; l <= N_; ++l)
      multiply(layout_.WPP[l], l == 1 ? now.r0 : now.r[l - 1], now.vbas[l]);
    const Values vden = at(now.vden[N_ - 1]), vden_old = at(old.vden[N_ - 1]);
    multiply(layout_.WIP[N_ - 1], now.r[N_ - 1], now.vden[N_ - 1]);
    if (c_.inter_low_pass)
      for (std::size_t k = 0; k < vden.size(); ++k)
        vden[k] = vden_old[k] + c_.lo_pass * (vden[k] - vden_old[k]);
    for (std::size_t l = 1; l < N_; ++l) {
      const Values vapi = at(now.vapi[l]), r = at(now.r[N_]), rI = at(now.rI[N_ - 1]);
      for (std::size_t i = 0; i < vapi.size(); ++i)
        vapi[i] = dot(row(layout_.BPP[l], i), r) + dot(row(layout_.BPI[l], i), rI);
    }
  }

  // White, and renewed every dtxi; in every step where it is zero.
  void draw_noise(const Activity& now, const Activity& old, bool noisy) {
    for (std::size_t l = 1; l < N_; ++l) {
      if (noisy)
        std::ranges::copy(at(old.xi[l]), at(now.xi[l]).begin());
      else
        std::ranges::fill(at(now.xi[l]), 0);
    }
    if (!noisy) return;
    const std::size_t a = active_layer();
    const Values xi = at(now.xi[a]);
    double& age = at(layout_.noise_age)[0];
    if (static_cast<std::int64_t>(age) % c_.noise_steps == 0 || is_zero(xi)) {
      age = 0;
      const bool adaptive = c_.noise_mode == NoiseMode::uP_adaptive;
      if (c_.original && adaptive)
        for (std::size_t l = 1; l < N_; ++l)
          std::ranges::copy(at(now.vapi[l]), at(layout_.vapi_noise[l]).begin());
      const double scale = c_.noise_scale[a] * (adaptive ? misalignment(now, a) : 1);
      const Values spread = at(c_.noise_mode == NoiseMode::vapi ? now.vapi[a] : layout_.uP[a]);
      if (adaptive && scale == 0)
        std::ranges::fill(xi, 0);  // and nothing is drawn
      else
        std::ranges::transform(spread, xi.begin(),
                               [&](double u) { return scale * (std::abs(u) * generator_.gauss()); });
      if (c_.original)
        std::ranges::transform(at(now.vapi[a]), xi, at(layout_.vapi_noise[a]).begin(), std::plus());
    }
    ++age;
  }

  // epsilon_LO of the layer, or 0 where it counts as aligned.
  double misalignment(const Activity& now, std::size_t l) {
    const Values ub = at(now.ub[l]), r = at(now.r[N_]);
    double ub_feedback = 0, feedback_square = 0;
    for (std::size_t i = 0; i < ub.size(); ++i) {
      const double feedback = dot(row(layout_.BPP[l], i), r);
      ub_feedback += ub[i] * feedback;
      feedback_square += feedback * feedback;
    }
    double &epsilon = at(layout_.epsilon[l])[0], &low_passed = at(layout_.epsilon_LO[l])[0];
    const double norms = std::sqrt(dot(ub, ub)) * std::sqrt(feedback_square);
    if (norms > 0) epsilon = (1 - ub_feedback / norms) / 2;  // as it was while there is no feedback
    low_passed += c_.epsilon_pass * (epsilon - low_passed);
    return low_passed > c_.aligned ? low_passed : 0;
  }

  void learn_backward(const Activity& now, bool noisy) {
    if (c_.model == Model::BP) {  // one hidden layer
      const Slot& W = layout_.WPP[N_];
      for (std::size_t i = 0; i < W.columns; ++i)
        for (std::size_t j = 0; j < W.rows; ++j) row(layout_.BPP[1], i)[j] = row(W, j)[i];
    }
    if (!noisy) return;
    const std::size_t a = active_layer();
    const Values h = at(c_.pyr_hi_pass ? layout_.rHI[N_] : now.r[N_]), xi = at(now.xi[a]),
                 vapi = at(now.vapi[a]);
    const bool silent = is_zero(xi);
    for (std::size_t i = 0; i < xi.size(); ++i) {
      const Values B = row(layout_.BPP[a], i), dB = row(layout_.dBPP[a], i);
      double post = xi[i];
      if (c_.model == Model::DTPDRL) post -= c_.pyr_hi_pass ? dot(B, h) : vapi[i];
      if (c_.model == Model::DTPDRL && c_.pyr_hi_pass && silent) post = 0;
      for (std::size_t j = 0; j < h.size(); ++j) {
        const double gate = c_.gate_regularizer ? slope(c_.phi[N_], h[j]) : 1;
        dB[j] = c_.bw[a] * (post * h[j]) - c_.decay[a] * gate * B[j];
      }
      for (std::size_t j = 0; j < h.size(); ++j) B[j] += dB[j];
    }
  }

  // W += rate (post pre^T)
  template <class Post>
  void learn(const Slot& W, double rate, const Post& post, View pre) {
    for (std::size_t i = 0; i < W.rows; ++i) {
      const double factor = post(i);
      const Values weights = row(W, i);
      for (std::size_t j = 0; j < pre.size(); ++j) weights[j] += rate * (factor * pre[j]);
    }
  }

  // BPI takes the apical potential of this step, where the current version takes that of the step before.
  void learn_lateral(const Activity& now, const Activity& old) {
    const Values rI = at(now.rI[N_ - 1]), vden_old = at(old.vden[N_ - 1]);
    learn(
        layout_.WIP[N_ - 1], c_.ip[N_ - 1],
        [&](std::size_t k) { return rI[k] - phi(c_.phi[N_], c_.inter_prediction * vden_old[k]); },
        at(old.r[N_ - 1]));
    for (std::size_t l = 1; l < N_; ++l) {
      const Values vapi = at(now.vapi[l]);
      learn(
          layout_.BPI[l], -c_.pi[l], [&](std::size_t i) { return vapi[i]; }, at(old.rI[N_ - 1]));
    }
  }

  void learn_forward(const Activity& now, const Activity& old) {
    for (std::size_t l = 1; l <= N_; ++l) {
      const Values r = at(now.r[l]), vbas_old = at(old.vbas[l]), pre = at(l == 1 ? old.r0 : old.r[l - 1]);
      const double prediction = c_.prediction(static_cast<int>(l));
      const auto post = [&](std::size_t i) { return r[i] - phi(c_.phi[l], prediction * vbas_old[i]); };
      const Slot& W = layout_.WPP[l];
      if (!c_.dWPP_low_pass) {
        learn(W, c_.fw[l], post, pre);
        continue;
      }
      for (std::size_t i = 0; i < W.rows; ++i) {
        const double factor = post(i);
        const Values weights = row(W, i), D = row(layout_.dWPP_LO[l], i);
        for (std::size_t j = 0; j < pre.size(); ++j) {
          D[j] += c_.lo_pass * (c_.fw[l] * (factor * pre[j]) - D[j]);
          weights[j] += D[j];
        }
      }
    }
  }

  // Somatic potentials of the next step, and what their lookahead will then be: the drive itself.
  void relax(const Activity& now, bool targeted, bool noisy) {
    const auto toward = [&](const Slot& potential, const Slot& next, double leak, const auto& drive) {
      const Values u = at(potential), ub_next = at(next);
      for (std::size_t i = 0; i < u.size(); ++i) {
        ub_next[i] = drive(i);
        u[i] += leak * (ub_next[i] - u[i]);
      }
    };
    for (std::size_t l = 1; l < N_; ++l) {
      const Values vbas = at(now.vbas[l]), vapi = at(now.vapi[l]), xi = at(now.xi[l]);
      const bool stale = c_.original && noisy;  // quirk Q17: what noise left there when it was last drawn
      const Values left = stale ? at(layout_.vapi_noise[l]) : vapi;
      toward(layout_.uP[l], layout_.ub_next[l], c_.hidden_leak, [&](std::size_t i) {
        return c_.hidden_basal * vbas[i] + c_.hidden_apical * (stale ? left[i] : vapi[i] + xi[i]);
      });
    }
    const Values vbas = at(now.vbas[N_]), vden = at(now.vden[N_ - 1]), ub = at(now.ub[N_]);
    toward(layout_.uP[N_], layout_.ub_next[N_], c_.output_leak, [&](std::size_t k) {
      return targeted ? c_.output_basal * vbas[k] + c_.output_target * target_[k] : c_.output_free * vbas[k];
    });
    toward(layout_.uI[N_ - 1], layout_.ubI_next[N_ - 1], c_.inter_leak,
           [&](std::size_t k) { return c_.inter_dendritic * vden[k] + c_.inter_nudge * ub[k]; });
  }

  const Circuit& c_;
  const Layout& layout_;
  NumpyLegacy& generator_;
  std::size_t N_;
  std::vector<double> input_, target_;
  State state_;
};

}  // namespace

std::unique_ptr<Group> phased_group(const Layout& layout, Member member) {
  return std::make_unique<PhasedGroup>(layout, member);
}

}  // namespace tsd::microcircuit
