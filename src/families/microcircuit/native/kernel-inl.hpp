// One Euler step of one circuit per lane; included once per processor target.
#if defined(TSD_MICROCIRCUIT_KERNEL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_MICROCIRCUIT_KERNEL_INL
#undef TSD_MICROCIRCUIT_KERNEL_INL
#else
#define TSD_MICROCIRCUIT_KERNEL_INL
#endif

#include <algorithm>

#include "families/microcircuit/native/kernel.hpp"
#include "families/microcircuit/native/kernel_product-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::microcircuit::HWY_NAMESPACE {

class Step {
 public:
  Step(const ModelSpec& spec, const Layout& layout, Plasticity plastic, Block& block)
      : c_(spec),
        k_(block.constants),
        s_(layout),
        block_(block),
        L_(hn::Lanes(D())),
        N_(static_cast<std::size_t>(spec.N)),
        forward_(plastic.forward),
        lateral_(plastic.lateral),
        lowest_(static_cast<std::size_t>(spec.lowest_interneurons())),
        noisy_(plastic.backward && spec.noisy()),
        now_(layout.activity[block.steps % 2]),
        old_(layout.activity[(block.steps + 1) % 2]) {}

  HWY_INLINE void run() {
    if (block_.steps > 0) high_pass();
    rates();
    if (noisy_ && c_.noise_mode == NoiseMode::vapi)  // which noise has to know before learning does
      for (std::size_t l = 1; l < N_; ++l) apical_product(l);
    noise();
    for (std::size_t l = 1; l < N_; ++l) apical(l);
    for (std::size_t l = 1; l <= N_; ++l) basal(l);
    for (std::size_t l = lowest_; l < N_; ++l) dendritic(l);
    for (std::size_t l = lowest_; l < N_; ++l)
      interneuron_soma(l);  // nudged by potentials that the next line moves on
    for (std::size_t l = 1; l <= N_; ++l) pyramidal_soma(l);
  }

 private:
  double* at(const Slot& slot) const { return block_.values + slot.at * L_; }

  // body(offset) for each neuron of a slot.
  template <class Body>
  HWY_INLINE void each(const Slot& slot, const Body& body) const {
    const std::size_t L = L_,
                      end = slot.size() * L;  // stores to a slot might change what is not in registers
    for (std::size_t i = 0; i < end; i += L) body(i);
  }

  HWY_INLINE void copy(const Slot& from, const Slot& to) const {
    std::copy_n(at(from), from.size() * L_, at(to));
  }

  // Of the step before, whose rates are still there with those of the step before that.
  HWY_INLINE void high_pass() const {
    for (std::size_t l = 2; l <= N_; ++l) {
      const double *r = at(old_.r[l]), *r_older = at(now_.r[l]);
      double* h = at(s_.rHI[l]);
      const V rate = load(k_.hi_pass);
      each(s_.rHI[l], [=](std::size_t i) {
        const V left = load(h + i);
        const V change = hn::Sub(load(r + i), load(r_older + i));
        store(hn::NegMulAdd(rate, left, hn::Add(left, change)), h + i);
      });
    }
  }

  HWY_INLINE void rates() const {
    std::copy_n(block_.input, now_.r0.size() * L_, at(now_.r0));
    for (std::size_t l = 1; l <= N_; ++l) {
      activate(l, s_.ub_next[l], now_.ub[l], now_.r[l]);
      if (l >= lowest_ && l < N_) activate(l + 1, s_.ubI_next[l], now_.ubI[l], now_.rI[l]);
    }
  }

  HWY_INLINE void activate(std::size_t layer, const Slot& from, const Slot& potential,
                           const Slot& rate) const {
    const double* u = at(from);
    double *ub = at(potential), *r = at(rate);
    with_activation(c_.phi[layer], [&](auto f) {
      each(from, [=](std::size_t i) {
        const V value = load(u + i);
        store(value, ub + i);
        store(phi_of<f()>(value), r + i);
      });
    });
  }

  HWY_INLINE void noise() const {
    const bool together = noisy_ && block_.noise_phase % c_.noise_steps == 0, staggered = c_.staggers_noise();
    for (std::size_t l = 1; l < N_; ++l) {
      if (c_.model == Model::WM && !noisy_) {  // between its phases
        std::fill_n(at(now_.xi[l]), now_.xi[l].size() * L_, 0.0);
        continue;
      }
      if (!(staggered ? noisy_ && c_.noise_due(block_.noise_phase, static_cast<int>(l)) : together)) {
        copy(old_.xi[l], now_.xi[l]);
        continue;
      }
      const double* follows = c_.noise_mode == NoiseMode::uP         ? at(s_.uP[l])
                              : c_.noise_mode == NoiseMode::uP_breve ? at(now_.ub[l])
                                                                     : at(now_.vapi[l]);
      const double *xi_old = at(old_.xi[l]), *g = block_.gaussians;
      double* xi = at(now_.xi[l]);
      const V scale = load(k_.noise_scale[l]), keep = load(k_.noise_keep), gain = load(k_.noise_gain);
      const bool constant = c_.noise_mode == NoiseMode::constant;
      each(now_.xi[l], [=](std::size_t i) {
        V w = hn::Mul(scale, load(g + i));
        if (!constant) w = hn::Mul(w, hn::Abs(load(follows + i)));
        store(hn::MulAdd(gain, w, hn::Mul(keep, load(xi_old + i))), xi + i);
      });
      block_.gaussians += now_.xi[l].size() * L_;
    }
  }

  HWY_INLINE void apical_product(std::size_t l) const {
    product<Into::place>(s_.BPP[l], at(s_.BPP[l]), at(now_.r[above(l)]), at(now_.vapi[l]), Frozen());
    product<Into::sum>(s_.BPI[l], at(s_.BPI[l]), at(now_.rI[above(l) - 1]), at(now_.vapi[l]), Frozen());
  }

  // Where the feedback to hidden layer l comes from.
  HWY_INLINE std::size_t above(std::size_t l) const { return c_.skips ? N_ : l + 1; }

  // vapi = BPP r_{l+1} + BPI rI, and what these weights learn.
  HWY_INLINE void apical(std::size_t l) const {
    if (c_.model == Model::BP || c_.model == Model::SS) {
      apical_product(l);
      if (c_.model == Model::BP)
        transport(l, [](V, V above) { return above; });
      else
        transport(l, [](V own, V above) { return hn::CopySign(own, above); });
      return;
    }
    if (noisy_)
      apical_and_align(l);
    else
      product<Into::place>(s_.BPP[l], at(s_.BPP[l]), at(now_.r[above(l)]), at(now_.vapi[l]), Frozen());
    const double* rI = at(now_.rI[above(l) - 1]);
    if (lateral_ && c_.BPI_learns[l])
      product<Into::sum>(s_.BPI[l], at(s_.BPI[l]), rI, at(now_.vapi[l]), silencing(l));
    else
      product<Into::sum>(s_.BPI[l], at(s_.BPI[l]), rI, at(now_.vapi[l]), Frozen());
  }

  // dBPI = -dt eta vapi(t-1) rI(t-1)^T
  HWY_INLINE Hebbian silencing(std::size_t l) const {
    return {scaled(old_.vapi[l], hn::Neg(load(k_.pi[l])), block_.post), at(old_.rI[above(l) - 1])};
  }

  // A slot times a factor, in a scratch vector.
  HWY_INLINE const double* scaled(const Slot& slot, V factor, double* to) const {
    const double* from = at(slot);
    each(slot, [=](std::size_t i) { store(hn::Mul(factor, load(from + i)), to + i); });
    return to;
  }

  // dBPP = dt eta xi(t) h^T less the regulariser; h: high-passed rates as the step before left them.
  HWY_INLINE void apical_and_align(std::size_t l) const {
    const Slot& h = c_.pyr_hi_pass ? s_.rHI[l + 1] : now_.r[l + 1];
    const Hebbian hebbian{scaled(now_.xi[l], load(k_.bw[l]), block_.post), at(h)};
    const auto pass = [&](const auto& rule) {
      product<Into::place>(s_.BPP[l], at(s_.BPP[l]), at(now_.r[l + 1]), at(now_.vapi[l]), rule);
    };
    if (c_.gate_regularizer) {
      const double* gate = at(h);
      each(h, [&](std::size_t j) {
        store(hn::IfThenElseZero(hn::Gt(load(gate + j), set(0)), set(1)), block_.gate_pre + j);
      });
      each(now_.xi[l], [&](std::size_t i) { store(load(k_.decay[l]), block_.gate_post + i); });
      pass(Regularized{hebbian, block_.gate_post, block_.gate_pre});
    } else if (c_.varphi_regularizer && c_.original && l + 1 == N_) {
      pass(hebbian);  // the output's slopes are 0 there (quirk Q8)
    } else if (c_.varphi_regularizer) {
      slopes(l, load(k_.decay[l]), block_.gate_post);
      slopes(l + 1, set(1), block_.gate_pre);
      pass(Regularized{hebbian, block_.gate_post, block_.gate_pre});
    } else {
      pass(Decaying{hebbian, k_.decay[l]});
    }
  }

  HWY_INLINE void slopes(std::size_t l, V factor, double* to) const {
    const double* ub = at(now_.ub[l]);
    with_activation(c_.phi[l], [&](auto f) {
      each(now_.ub[l], [&](std::size_t i) { store(hn::Mul(factor, slope_of<f()>(load(ub + i))), to + i); });
    });
  }

  // BP: BPP_l = WPP_{l+1}^T as it is before it learns in this step, BPI = -BPP, and then what BPI learns. SS: its signs
  // alone.
  template <class Carry>
  HWY_INLINE void transport(std::size_t l, const Carry& carry) const {
    const Slot& B = s_.BPP[l];
    const double* above = at(s_.WPP[l + 1]);
    double *BPP = at(B), *BPI = at(s_.BPI[l]);
    const bool learns = lateral_ && c_.BPI_learns[l];
    const Hebbian rule = silencing(l);
    for (std::size_t i = 0; i < B.rows; ++i)
      for (std::size_t j = 0; j < B.columns; ++j) {
        const std::size_t e = (i * B.columns + j) * L_;
        const V w = carry(load(BPP + e), load(above + (j * B.rows + i) * L_));
        store(w, BPP + e);
        store(learns ? rule.next(rule.row(i), hn::Neg(w), j, 0) : hn::Neg(w), BPI + e);
      }
  }

  // vden = WIP r, and dWIP = dt eta (rI(t) - phi(cD vden(t-1))) r(t-1)^T.
  HWY_INLINE void dendritic(std::size_t l) const {
    const Slot& vden = now_.vden[l];
    const bool learns = lateral_ && c_.WIP_learns[l];
    if (block_.self_predicting && !learns && !forward_) {  // WIP is WPP_{l+1} but for a factor, and stays it
      scaled(now_.vbas[l + 1], hn::Div(prediction(l + 1), load(k_.inter_prediction)), at(vden));
    } else if (learns) {
      mismatch(l + 1, now_.rI[l], old_.vden[l], load(k_.inter_prediction), load(k_.ip[l]));
      product<Into::place>(s_.WIP[l], at(s_.WIP[l]), at(now_.r[l]), at(vden),
                           Hebbian{block_.post, at(old_.r[l])});
    } else {
      product<Into::place>(s_.WIP[l], at(s_.WIP[l]), at(now_.r[l]), at(vden), Frozen());
    }
    if (!c_.inter_low_pass) return;
    double* v = at(vden);
    const double* v_old = at(old_.vden[l]);
    each(vden, [&](std::size_t i) {
      const V left = load(v_old + i);
      store(hn::MulAdd(load(k_.lo_pass), hn::Sub(load(v + i), left), left), v + i);
    });
  }

  // How the soma of pyramidal cells in layer l follows from its dendrite.
  HWY_INLINE V prediction(std::size_t l) const {
    return load(l < N_ ? k_.hidden_prediction : k_.output_prediction);
  }

  // scale (actual(t) - phi(share * dendrite(t-1))) into the postsynaptic factor.
  HWY_INLINE void mismatch(std::size_t layer, const Slot& actual, const Slot& dendrite, V share,
                           V scale) const {
    const double *a = at(actual), *v = at(dendrite);
    double* post = block_.post;
    with_activation(c_.phi[layer], [&](auto f) {
      each(actual, [=](std::size_t i) {
        const V predicted = phi_of<f()>(hn::Mul(share, load(v + i)));
        store(hn::Mul(scale, hn::Sub(load(a + i), predicted)), post + i);
      });
    });
  }

  // vbas = WPP r_{l-1}, and dWPP = dt eta (r(t) - phi(c vbas(t-1))) r_{l-1}(t-1)^T, filtered as configured.
  HWY_INLINE void basal(std::size_t l) const {
    const double* x = at(l == 1 ? now_.r0 : now_.r[l - 1]);
    const Slot& pre = l == 1 ? old_.r0 : old_.r[l - 1];
    if (c_.dWPP_r_low_pass) low_pass(s_.rLO[l - 1], at(pre));
    if (forward_ || c_.dWPP_post_low_pass) forward_mismatch(l);
    if (c_.dWPP_post_low_pass) {
      low_pass(s_.postLO[l], block_.post);
      std::copy_n(at(s_.postLO[l]), s_.postLO[l].size() * L_, block_.post);
    }
    const auto pass = [&](const auto& rule) {
      product<Into::place>(s_.WPP[l], at(s_.WPP[l]), x, at(now_.vbas[l]), rule);
    };
    if (!forward_ && l == 1 && block_.input_held) return copy(old_.vbas[1], now_.vbas[1]);
    if (!forward_) return pass(Frozen());
    double* post = block_.post;
    const V rate = load(k_.fw[l]);
    each(now_.vbas[l], [=](std::size_t i) { store(hn::Mul(rate, load(post + i)), post + i); });
    const Hebbian hebbian{block_.post, at(c_.dWPP_r_low_pass ? s_.rLO[l - 1] : pre)};
    if (c_.model == Model::KP && l > 1)
      learn_alike(l, hebbian), pass(Decaying{hebbian, k_.decay[l - 1]});
    else if (c_.dWPP_low_pass)
      pass(LowPassed{hebbian, at(s_.dWPP_LO[l]), k_.lo_pass});
    else
      pass(hebbian);
  }

  // Kolen-Pollack: BPP_{l-1} by the increment of WPP_l, transposed, and the same decay.
  HWY_INLINE void learn_alike(std::size_t l, const Hebbian& forward) const {
    const Slot& B = s_.BPP[l - 1];
    const Decaying rule{{forward.pre, forward.post}, k_.decay[l - 1]};
    double* BPP = at(B);
    for (std::size_t i = 0; i < B.rows; ++i) {
      const auto row = rule.row(i);
      for (std::size_t j = 0; j < B.columns; ++j) {
        double* w = BPP + (i * B.columns + j) * L_;
        store(rule.next(row, load(w), j, 0), w);
      }
    }
  }

  HWY_INLINE void forward_mismatch(std::size_t l) const {
    const V share = prediction(l);
    if (c_.dWPP_use_activation) return mismatch(l, now_.r[l], old_.vbas[l], share, set(1));
    const double *ub = at(now_.ub[l]), *v = at(old_.vbas[l]);
    each(now_.ub[l],
         [&](std::size_t i) { store(hn::NegMulAdd(share, load(v + i), load(ub + i)), block_.post + i); });
  }

  HWY_INLINE void low_pass(const Slot& filtered, const double* x) const {
    double* y = at(filtered);
    each(filtered, [&](std::size_t i) {
      const V left = load(y + i);
      store(hn::MulAdd(load(k_.lo_pass), hn::Sub(load(x + i), left), left), y + i);
    });
  }

  HWY_INLINE void interneuron_soma(std::size_t l) const {
    const double *vden = at(now_.vden[l]), *nudge = at(now_.ub[l + 1]);
    const V own = load(k_.inter_dendritic), other = load(k_.inter_nudge);
    relax(s_.uI[l], s_.ubI_next[l], k_.inter_leak,
          [=](std::size_t i) { return hn::MulAdd(own, load(vden + i), hn::Mul(other, load(nudge + i))); });
  }

  HWY_INLINE void pyramidal_soma(std::size_t l) const {
    const double* vbas = at(now_.vbas[l]);
    if (l < N_) {  // noise reaches the soma a step late
      const double *vapi = at(now_.vapi[l]), *xi = at(old_.xi[l]);
      const V basal = load(k_.hidden_basal), apical = load(k_.hidden_apical);
      relax(s_.uP[l], s_.ub_next[l], k_.hidden_leak, [=](std::size_t i) {
        const V noisy = hn::Add(load(vapi + i), load(xi + i));
        return hn::MulAdd(basal, load(vbas + i), hn::Mul(apical, noisy));
      });
    } else if (block_.target) {
      relax(s_.uP[l], s_.ub_next[l], k_.output_leak, [&](std::size_t i) {
        const V nudge = hn::Mul(load(k_.output_target), load(block_.target + i));
        return hn::MulAdd(load(k_.output_basal), load(vbas + i), nudge);
      });
    } else {
      relax(s_.uP[l], s_.ub_next[l], k_.output_leak,
            [&](std::size_t i) { return hn::Mul(load(k_.output_free), load(vbas + i)); });
    }
  }

  // The soma approaches `drive`; its lookahead potential in the next step is u + tau du/dt = drive (3.4).
  template <class Drive>
  HWY_INLINE void relax(const Slot& soma, const Slot& lookahead, const double* leak,
                        const Drive& drive) const {
    double *u = at(soma), *ub = at(lookahead);
    const bool full = c_.full_lookahead;
    const V share = load(k_.lookahead), rate = load(leak);
    each(soma, [=](std::size_t i) {
      const V left = load(u + i), right = drive(i), gap = hn::Sub(right, left);
      store(full ? right : hn::MulAdd(share, gap, left), ub + i);
      store(hn::MulAdd(rate, gap, left), u + i);
    });
  }

  const ModelSpec& c_;
  const Constants<const double*>& k_;
  const Layout& s_;
  Block& block_;
  const std::size_t L_, N_, lowest_;  // lowest_: the first layer with interneurons
  const bool forward_, lateral_, noisy_;
  const Layout::Activity &now_, &old_;
};

}  // namespace tsd::microcircuit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
