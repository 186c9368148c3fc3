// The equations as they stand, on tensors: the oracle of the native kernel, and what runs on CUDA.
// B circuits; vectors are [B, n], matrices [B, post, pre], in double precision.

#include "families/microcircuit/model/group.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::microcircuit {

namespace {

using torch::Tensor;
using Layers = std::vector<Tensor>;  // by l, as Slots

Tensor phi_of(Activation f, const Tensor& x) {
  switch (f) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return torch::relu(x);
    case Activation::soft_relu:
      return torch::logaddexp(x, torch::zeros_like(x));
    case Activation::logistic:
      return torch::sigmoid(x);
    case Activation::tanh:
      return torch::tanh(x);
    case Activation::hard_sigmoid:
    case Activation::hard_sigmoid_of_original:
      return torch::clamp(x / 6 + 0.5, 0, 1);
  }
  return x;
}

Tensor slope_of(Activation f, const Tensor& x) {
  switch (f) {
    case Activation::linear:
      return torch::ones_like(x);
    case Activation::relu:
      return (x > 0).to(x.dtype());
    case Activation::soft_relu:
      return torch::sigmoid(x);
    case Activation::logistic:
      return torch::sigmoid(x) * (1 - torch::sigmoid(x));
    case Activation::tanh:
      return 1 - torch::tanh(x).square();
    case Activation::hard_sigmoid:
      return torch::logical_and(x > -3, x < 3).to(x.dtype()) / 6;
    case Activation::hard_sigmoid_of_original:
      return torch::logical_and(x > -3, x < 3).to(x.dtype());
  }
  return x;
}

Tensor times(const Tensor& W, const Tensor& x) { return torch::matmul(W, x.unsqueeze(-1)).squeeze(-1); }
Tensor outer_product(const Tensor& post, const Tensor& pre) { return post.unsqueeze(-1) * pre.unsqueeze(-2); }

class TorchGroup final : public Group {
 public:
  TorchGroup(const Layout& layout, std::vector<Member> members, const std::string& device)
      : c_(*members.front().circuit),
        layout_(layout),
        members_(std::move(members)),
        B_(static_cast<std::int64_t>(members_.size())),
        options_(torch::TensorOptions().dtype(torch::kDouble).device(device)),
        values_(torch::zeros({B_, static_cast<std::int64_t>(layout.size)}, options_)),
        input_(torch::zeros({B_, c_.n.front()}, options_)),
        target_(torch::zeros({B_, c_.n.back()}, options_)),
        activity_{views(layout.activity[0]), views(layout.activity[1])},
        uP_(views(layout.uP)),
        uI_(views(layout.uI)),
        ub_next_(views(layout.ub_next)),
        ubI_next_(views(layout.ubI_next)),
        rHI_(views(layout.rHI)),
        WPP_(views(layout.WPP)),
        WIP_(views(layout.WIP)),
        BPP_(views(layout.BPP)),
        BPI_(views(layout.BPI)),
        dWPP_LO_(views(layout.dWPP_LO)),
        rLO_(views(layout.rLO)),
        postLO_(views(layout.postLO)) {}

  void load(int circuit, const State& state) override {
    assign(values_, circuit, state.values);
    steps_ = state.steps;
  }

  State save(int circuit) const override { return {read(circuit, Slot{0, layout_.size, 1}), steps_}; }

  std::vector<double> read(int circuit, const Slot& slot) const override {
    const auto at = static_cast<std::int64_t>(slot.at);
    const Tensor row =
        values_[circuit].slice(0, at, at + static_cast<std::int64_t>(slot.size())).cpu().contiguous();
    return {row.data_ptr<double>(), row.data_ptr<double>() + row.numel()};
  }

  void set_input(int circuit, std::span<const double> rates) override { assign(input_, circuit, rates); }
  void set_target(int circuit, std::span<const double> potentials) override {
    assign(target_, circuit, potentials);
  }

  void advance(std::int64_t steps, Plasticity plastic, bool targeted) override {
    const torch::NoGradGuard no_grad;
    for (; steps > 0; --steps) step(plastic, targeted);
  }

 private:
  struct Activity {
    Tensor r0;
    Layers ub, ubI, r, rI, vbas, vden, vapi, xi;
  };

  void assign(Tensor& all, int circuit, std::span<const double> values) const {
    all[circuit].copy_(torch::tensor(at::ArrayRef<double>(values.data(), values.size()), torch::kDouble));
  }

  // A view into the state.
  Tensor view(const Slot& slot) const {
    const auto at = static_cast<std::int64_t>(slot.at), rows = static_cast<std::int64_t>(slot.rows),
               columns = static_cast<std::int64_t>(slot.columns);
    const Tensor flat = values_.slice(1, at, at + rows * columns);
    return slot.is_matrix ? flat.view({B_, rows, columns}) : flat;
  }

  Layers views(const Slots& slots) const {
    Layers all;
    for (const Slot& slot : slots) all.push_back(slot.size() > 0 ? view(slot) : Tensor());
    return all;
  }

  Activity views(const Layout::Activity& a) const {
    return {view(a.r0),    views(a.ub),   views(a.ubI),  views(a.r), views(a.rI),
            views(a.vbas), views(a.vden), views(a.vapi), views(a.xi)};
  }

  void step(Plasticity plastic, bool targeted) {
    const Activity &now = activity_[static_cast<std::size_t>(steps_ % 2)],
                   &old = activity_[static_cast<std::size_t>((steps_ + 1) % 2)];
    const std::size_t N = static_cast<std::size_t>(c_.N);
    if (steps_ > 0)
      for (auto l = static_cast<std::size_t>(c_.above(1)); l <= N; ++l)
        rHI_[l].copy_(rHI_[l] + (old.r[l] - now.r[l]) - c_.hi_pass * rHI_[l]);

    now.r0.copy_(input_);
    for (std::size_t l = 1; l <= N; ++l) {
      now.ub[l].copy_(ub_next_[l]);
      now.r[l].copy_(phi_of(c_.phi[l], now.ub[l]));
      if (l == N || !uI_[l].defined()) continue;
      now.ubI[l].copy_(ubI_next_[l]);
      now.rI[l].copy_(phi_of(c_.phi[l + 1], now.ubI[l]));
    }
    dendrites(now, old);
    const bool noisy = plastic.backward && c_.noisy();
    noise(now, old, noisy);
    learn(now, old, plastic, noisy);

    for (auto l = static_cast<std::size_t>(c_.lowest_interneurons()); l < N; ++l)
      relax(uI_[l], ubI_next_[l], c_.inter_leak,
            c_.inter_dendritic * now.vden[l] + c_.inter_nudge * now.ub[l + 1]);
    for (std::size_t l = 1; l < N; ++l)
      relax(uP_[l], ub_next_[l], c_.hidden_leak,
            c_.hidden_basal * now.vbas[l] + c_.hidden_apical * (now.vapi[l] + old.xi[l]));
    relax(
        uP_[N], ub_next_[N], c_.output_leak,
        targeted ? c_.output_basal * now.vbas[N] + c_.output_target * target_ : c_.output_free * now.vbas[N]);
    ++steps_;
  }

  void dendrites(const Activity& now, const Activity& old) const {
    for (std::size_t l = 1; l < WPP_.size(); ++l) {
      now.vbas[l].copy_(times(WPP_[l], l == 1 ? now.r0 : now.r[l - 1]));
      if (l + 1 == WPP_.size()) break;
      const std::size_t above = feedback_of(l);
      now.vapi[l].copy_(times(BPP_[l], now.r[above]) + times(BPI_[l], now.rI[above - 1]));
      if (!WIP_[l].defined()) continue;
      const Tensor vden = times(WIP_[l], now.r[l]);
      now.vden[l].copy_(c_.inter_low_pass ? old.vden[l] + c_.lo_pass * (vden - old.vden[l]) : vden);
    }
  }

  std::size_t feedback_of(std::size_t l) const {
    return static_cast<std::size_t>(c_.above(static_cast<int>(l)));
  }

  void noise(const Activity& now, const Activity& old, bool noisy) const {
    for (std::size_t l = 1; l < static_cast<std::size_t>(c_.N); ++l) {
      if (c_.model == Model::WM && !noisy) {
        now.xi[l].zero_();
        continue;
      }
      if (!noisy || !c_.noise_due(steps_ - c_.settling_steps, static_cast<int>(l))) {
        now.xi[l].copy_(old.xi[l]);
        continue;
      }
      Tensor w = torch::empty({B_, c_.n[l]}, torch::kDouble);
      for (std::int64_t b = 0; b < B_; ++b)
        members_[static_cast<std::size_t>(b)].generator->gauss(static_cast<std::size_t>(c_.n[l]),
                                                               w[b].data_ptr<double>(), 1);
      w = c_.noise_scale[l] * w.to(options_.device());
      if (c_.noise_mode == NoiseMode::uP) w = w * uP_[l].abs();
      if (c_.noise_mode == NoiseMode::uP_breve) w = w * now.ub[l].abs();
      if (c_.noise_mode == NoiseMode::vapi) w = w * now.vapi[l].abs();
      now.xi[l].copy_(c_.noise_keep * old.xi[l] + c_.noise_gain * w);
    }
  }

  void learn(const Activity& now, const Activity& old, Plasticity plastic, bool noisy) const {
    for (std::size_t l = 1; l + 1 < WPP_.size(); ++l) {
      if (c_.model == Model::BP) {
        BPP_[l].copy_(WPP_[l + 1].transpose(1, 2));
        BPI_[l].copy_(-BPP_[l]);
      }
      if (c_.model == Model::SS) {
        BPP_[l].copy_(torch::copysign(BPP_[l], WPP_[l + 1].transpose(1, 2)));
        BPI_[l].copy_(-BPP_[l]);
      }
      if (noisy) {
        const Tensor h = c_.pyr_hi_pass ? rHI_[l + 1] : now.r[l + 1];
        BPP_[l].copy_(BPP_[l] + c_.bw[l] * outer_product(now.xi[l], h) -
                      c_.decay[l] * regulariser(now, h, l) * BPP_[l]);
      }
      if (!plastic.lateral) continue;
      if (c_.pi[l] != 0) BPI_[l].sub_(c_.pi[l] * outer_product(old.vapi[l], old.rI[feedback_of(l) - 1]));
      if (!WIP_[l].defined()) continue;
      const Tensor predicted = phi_of(c_.phi[l + 1], c_.inter_prediction * old.vden[l]);
      WIP_[l].add_(c_.ip[l] * outer_product(now.rI[l] - predicted, old.r[l]));
    }
    learn_forward(now, old, plastic.forward);
  }

  // What BPP decays in proportion to.
  Tensor regulariser(const Activity& now, const Tensor& h, std::size_t l) const {
    if (c_.gate_regularizer) return (h > 0).to(h.dtype()).unsqueeze(1);
    if (c_.varphi_regularizer && c_.original && static_cast<int>(l) + 1 == c_.N)
      return torch::zeros({1}, options_);
    if (c_.varphi_regularizer)
      return outer_product(slope_of(c_.phi[l], now.ub[l]), slope_of(c_.phi[l + 1], now.ub[l + 1]));
    return torch::ones({1}, options_);
  }

  void learn_forward(const Activity& now, const Activity& old, bool plastic) const {
    for (std::size_t l = 1; l < WPP_.size(); ++l) {
      Tensor pre = l == 1 ? old.r0 : old.r[l - 1];
      const double prediction = c_.prediction(static_cast<int>(l));
      Tensor post = c_.dWPP_use_activation ? now.r[l] - phi_of(c_.phi[l], prediction * old.vbas[l])
                                           : now.ub[l] - prediction * old.vbas[l];
      if (c_.dWPP_r_low_pass) pre = rLO_[l - 1].add_(c_.lo_pass * (pre - rLO_[l - 1]));
      if (c_.dWPP_post_low_pass) post = postLO_[l].add_(c_.lo_pass * (post - postLO_[l]));
      if (!plastic) continue;
      const Tensor increment = c_.fw[l] * outer_product(post, pre);
      if (c_.model == Model::KP && l > 1) {
        const double decay = c_.decay[l - 1];
        BPP_[l - 1].add_(increment.transpose(1, 2) - decay * BPP_[l - 1]);
        WPP_[l].sub_(decay * WPP_[l]);
      }
      WPP_[l].add_(c_.dWPP_low_pass ? dWPP_LO_[l].add_(c_.lo_pass * (increment - dWPP_LO_[l])) : increment);
    }
  }

  void relax(const Tensor& u, const Tensor& ub_next, double leak, const Tensor& drive) const {
    const Tensor gap = drive - u;
    ub_next.copy_(c_.full_lookahead ? drive : u + c_.lookahead * gap);
    u.add_(leak * gap);
  }

  const Circuit& c_;
  const Layout& layout_;
  std::vector<Member> members_;
  std::int64_t B_;
  torch::TensorOptions options_;
  Tensor values_, input_, target_;
  // Views into values_.
  std::array<Activity, 2> activity_;
  Layers uP_, uI_, ub_next_, ubI_next_, rHI_, WPP_, WIP_, BPP_, BPI_, dWPP_LO_, rLO_, postLO_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Group> torch_group(const Layout& layout, std::vector<Member> members,
                                   const std::string& device) {
  return std::make_unique<TorchGroup>(layout, std::move(members), device);
}

}  // namespace tsd::microcircuit
