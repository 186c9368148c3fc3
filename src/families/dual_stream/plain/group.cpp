// The two streams as plain LibTorch, gradients by autograd: the oracle of the native kernel.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "families/dual_stream/model/group.hpp"
#include "families/dual_stream/model/top_units.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::dual_stream {

namespace {

using torch::Tensor;

bool is_right(const Tensor& z, std::int64_t label) { return z.argmax().item<std::int64_t>() == label; }
bool is_silent(const Tensor& z) { return !z.ne(0).any().item<bool>(); }

class Participant {
 public:
  Participant(const ModelSpec& model, const Layout& layout, const torch::Device& device)
      : model_(model), layout_(layout), f_(model.fast), device_(device) {}

  void load(std::span<const float> state) {
    const auto take = [&](const Slot& slot, std::size_t base) {
      return row_of(state.subspan(base + slot.offset, slot.size())).view(slot.shape).requires_grad_();
    };
    if (model_.has_fast()) {
      U_ = take(layout_.position, 0);
      S_ = take(layout_.attention, 0);
      W_ = take(layout_.association, 0);
      active_ = take(layout_.active, 0).detach();
    }
    slow_W_.clear();
    slow_b_.clear();
    for (std::size_t l = 0; l < layout_.W.size(); ++l) {
      slow_W_.push_back(take(layout_.W[l], layout_.fast_size));
      slow_b_.push_back(take(layout_.b[l], layout_.fast_size));
    }
    rest_.assign(state.begin(), state.end());  // velocities
  }

  std::vector<float> save() const {
    std::vector<float> state = rest_;
    const auto put = [&](const Tensor& tensor, const Slot& slot, std::size_t base) {
      const Tensor flat = tensor.detach().cpu().contiguous();
      std::copy_n(flat.data_ptr<float>(), slot.size(),
                  state.begin() + static_cast<std::ptrdiff_t>(base + slot.offset));
    };
    if (model_.has_fast()) {
      put(U_, layout_.position, 0);
      put(S_, layout_.attention, 0);
      put(W_, layout_.association, 0);
      put(active_, layout_.active, 0);
    }
    for (std::size_t l = 0; l < slow_W_.size(); ++l) {
      put(slow_W_[l], layout_.W[l], layout_.fast_size);
      put(slow_b_[l], layout_.b[l], layout_.fast_size);
    }
    return state;
  }

  Outcome run(const Pass& pass, const Presentation& shown) {
    Outcome outcome;
    const auto D = static_cast<std::size_t>(model_.D);
    std::size_t dropout = 0;
    for (std::size_t t = 0; t < shown.label.size(); ++t) {
      x_ = row_of({&shown.x[t * D], D});
      label_ = shown.label[t];
      int recruited = 0;
      before_ = Tensor();
      rests_ = false;
      const Tensor fast = fast_forward(pass, shown.item[t], pass.opens && t == 0, recruited);
      const Tensor slow = slow_forward(shown.dropout, dropout);
      const Tensor total = pass.gate * fast + slow, seen = before_.defined() ? before_ : fast;
      record(outcome.values, seen, slow, pass.gate * seen + slow, recruited);
      if (pass.learn_fast || pass.learn_slow) learn(pass, fast, slow, total);
    }
    outcome.attention.assign(D, 0);
    if (used_attention_.defined())
      std::copy_n(used_attention_.cpu().data_ptr<float>(), D, outcome.attention.begin());
    return outcome;
  }

 private:
  Tensor row_of(std::span<const float> values) const {
    return torch::tensor(std::vector<float>(values.begin(), values.end())).to(device_);
  }
  Tensor zeros(torch::IntArrayRef sizes) const { return torch::zeros(sizes, device_); }

  Tensor target() const {
    Tensor t = zeros({model_.K});
    t[label_] = 1;
    return t;
  }
  Tensor loss_of(const Tensor& z, const Tensor& t) const {
    if (model_.loss == LossKind::bcelogits) return torch::binary_cross_entropy_with_logits(z, t);
    return -(t * torch::log_softmax(z, 0)).sum();
  }

  void record(std::vector<float>& values, const Tensor& fast, const Tensor& slow, const Tensor& total,
              int recruited) const {
    const torch::NoGradGuard no_grad;
    const Tensor t = target();
    const std::vector<Tensor> all = {fast, slow, total};
    for (const Tensor& z : all) values.push_back(1 - torch::softmax(z, 0)[label_].item<float>());
    for (const Tensor& z : all) values.push_back(loss_of(z, t).item<float>());
    for (const Tensor& z : all) values.push_back(is_right(z, label_) ? 1.0f : 0.0f);
    values.push_back(static_cast<float>(recruited));
    for (const Tensor& z : {fast, slow})
      for (int k = 0; k < model_.K; ++k) values.push_back(z[k].item<float>());
  }

  void learn(const Pass& pass, const Tensor& fast, const Tensor& slow, const Tensor& total) {
    const Tensor t = pass.fast_teaches ? torch::softmax(fast, 0).detach() : target();
    Tensor loss = pass.fast_teaches ? loss_of(slow, t) : loss_of(total, t);
    if (pass.own_losses) loss = loss_of(fast, t) + loss_of(slow, t);
    for (Tensor* p : parameters()) p->mutable_grad() = Tensor();
    if (loss.requires_grad()) loss.backward();
    const torch::NoGradGuard no_grad;
    if (pass.learn_slow)
      for (std::size_t l = 0; l < slow_W_.size(); ++l) {
        step(slow_W_[l], layout_.W[l], layout_.fast_size, layout_.slow_parameters, model_.slow.lr,
             model_.slow.momentum);
        step(slow_b_[l], layout_.b[l], layout_.fast_size, layout_.slow_parameters, model_.slow.lr,
             model_.slow.momentum);
      }
    if (!pass.learn_fast || !model_.has_fast() || rests_) return;
    const std::size_t velocities = layout_.fast_size - layout_.fast_parameters;
    step(W_, layout_.association, 0, velocities, f_.lr_association, f_.momentum);
    if (f_.kind == FastKind::multiunit) return learn_locally();
    step(U_, layout_.position, 0, velocities, f_.lr_position, f_.momentum);
    step(S_, layout_.attention, 0, velocities, f_.lr_attention, f_.momentum);
    if (f_.kind != FastKind::exemplar) return;
    S_.clamp_min_(0);
    S_.div_(S_.sum());
  }

  // Gradient descent; velocities lie in rest_ behind the parameters.
  void step(Tensor& p, const Slot& slot, std::size_t base, std::size_t velocities, float rate,
            float momentum) {
    Tensor gradient = p.grad();
    if (!gradient.defined()) gradient = torch::zeros_like(p);
    if (momentum != 0) {
      float* v = &rest_[base + slot.offset + velocities];
      Tensor velocity = torch::from_blob(v, {static_cast<std::int64_t>(slot.size())}).view(slot.shape);
      gradient = momentum * velocity.to(device_) + gradient;
      velocity.copy_(gradient);
    }
    p.sub_(rate * gradient);
  }

  std::vector<Tensor*> parameters() {
    std::vector<Tensor*> all;
    if (model_.has_fast()) all = {&U_, &S_, &W_};
    for (Tensor& W : slow_W_) all.push_back(&W);
    for (Tensor& b : slow_b_) all.push_back(&b);
    return all;
  }

  Tensor slow_forward(const std::vector<float>& dropout, std::size_t& used) const {
    if (!model_.has_slow()) return zeros({model_.K});
    Tensor h = x_;
    for (std::size_t l = 0; l < slow_W_.size(); ++l) {
      h = torch::matmul(slow_W_[l], h) + slow_b_[l];
      if (l + 1 == slow_W_.size()) break;
      if (!dropout.empty() && l > 0) {
        h = h * row_of({&dropout[used], static_cast<std::size_t>(h.numel())});
        used += static_cast<std::size_t>(h.numel());
      }
      h = torch::relu(h);
    }
    return h;
  }

  Tensor fast_forward(const Pass& pass, std::int64_t item, bool first, int& recruited) {
    switch (f_.kind) {
      case FastKind::none:
        return zeros({model_.K});
      case FastKind::clustering:
        return clustering(pass, item, first, recruited);
      case FastKind::multiunit:
        return multiunit(pass, first, recruited);
      case FastKind::winners:
        return winning(pass, recruited);
      case FastKind::distribution:
      case FastKind::exemplar:
        return recruiting(pass, recruited);
    }
    return {};
  }

  // 3.4, 3.5
  Tensor densities() {
    const Tensor away = x_ - U_;  // [N, D]
    const double constant = f_.D * std::log(2 * std::numbers::pi);
    if (f_.covariance == Covariance::diagonal) {
      {
        const torch::NoGradGuard no_grad;
        S_.clamp_min_(1e-6);
      }
      const Tensor e = away / S_;
      return torch::exp(-0.5 * (constant + e.pow(2).sum(1)) - S_.log().sum(1));
    }
    const Tensor L = S_.tril().expand({f_.N, f_.D, f_.D});
    const Tensor e = torch::linalg_solve_triangular(L, away.unsqueeze(2), false).squeeze(2);
    return torch::exp(-0.5 * (constant + e.pow(2).sum(1)) - L.diagonal(0, 1, 2).log().sum(1));
  }

  // 3.7
  Tensor similarities() {
    used_attention_ = S_.detach().clone();
    const Tensor s = ((x_ - U_).abs().pow(f_.r) * S_).sum(1);
    const Tensor root = torch::where(s > 0, s, torch::ones_like(s)).pow(f_.q_over_r) * (s > 0);
    return torch::exp(-f_.specificity * root);
  }

  // A group answers as often as it has members, but its own numbers learn as one member does.
  Tensor unit_logits() {
    const int used = static_cast<int>(active_[0].item<float>());
    Tensor in_use = zeros({f_.N, 1}), members = zeros({f_.N, 1});
    for (int g = 0; g < used; ++g) {
      in_use[g] = 1;
      members[g] = static_cast<float>(f_.members(g));
    }
    const Tensor a = f_.kind == FastKind::exemplar ? similarities() : densities();
    if (f_.one_winner) {
      const auto winner = a.argmax().item<std::int64_t>();
      in_use *= torch::one_hot(torch::full({}, winner, torch::kLong).to(device_), f_.N).unsqueeze(1);
    }
    if (f_.kind == FastKind::exemplar) {  // their attention learns from all of them
      const Tensor through_a = members * a.unsqueeze(1) * W_.detach(), one = a.detach().unsqueeze(1) * W_;
      return f_.gain * (in_use * (through_a + one - one.detach())).sum(0);
    }
    const Tensor votes = a.unsqueeze(1) * W_ * in_use;
    return f_.gain * (votes + (members - 1) * votes.detach()).sum(0);
  }

  bool is_due(const Tensor& z, int used) const {
    if (f_.recruitment == Recruitment::novelty)
      return !((x_ - U_).slice(0, 0, used).pow(2).sum(1).sqrt() < f_.novelty).any().item<bool>();
    return f_.recruitment == Recruitment::after_errors && (!is_right(z, label_) || is_silent(z));
  }

  Tensor recruiting(const Pass& pass, int& recruited) {
    Tensor z = unit_logits();
    if (f_.one_winner) before_ = z.detach();
    const int used = static_cast<int>(active_[0].item<float>());
    const torch::NoGradGuard no_grad;
    if (!pass.recruit || !is_due(z, used)) return z;
    rests_ = used == f_.N && f_.rests_when_full;
    if (used == f_.N) return z;
    if (f_.needs_density && f_.fresh_density(x_.pow(2).sum().item<float>()) == 0) {
      recruited = -1;
      return z;
    }
    U_.index_put_({used}, x_);
    active_[0] = static_cast<float>(used + 1);
    recruited = f_.members(used);
    const torch::AutoGradMode with_grad(true);
    return unit_logits();
  }

  // 3.7: of the densest units, in use or not, those in use answer; after an error those recruited alone.
  Tensor winning(const Pass& pass, int& recruited) {
    const Tensor a = densities(), everyone = torch::ones_like(active_);
    const auto answer = [&](const std::vector<std::int64_t>& units) {
      winners_ = torch::tensor(units, torch::kLong).to(device_);
      const Tensor o = (a * active_).index_select(0, winners_);
      return f_.gain * torch::matmul(o, W_.index_select(0, winners_));
    };
    const Tensor z = answer(best(a, everyone, f_.winners));
    before_ = z.detach();
    if (!pass.recruit || (is_right(z, label_) && !is_silent(z))) return z;
    rests_ = active_.ne(0).all().item<bool>();
    if (rests_) return z;
    const int wanted = W_.detach().index_select(0, winners_).argmax(1).ne(label_).sum().item<int>();
    std::vector<std::int64_t> found;
    if (wanted > 0) found = best(a, 1 - active_, wanted);
    recruited = found.empty() && wanted > 0 ? -1 : static_cast<int>(found.size());
    for (const std::int64_t j : found) active_[j] = 1;
    return answer(found);
  }

  // 3.2
  struct Votes {
    Tensor present, o, z;
  };
  Votes vote() {
    if (f_.attention_sums_to_one) {
      const torch::NoGradGuard no_grad;
      S_.clamp_min_(1e-6);
      S_.div_(S_.sum());
    }
    used_attention_ = S_.detach().clone();
    const Tensor d = (x_ - U_).abs().pow(f_.r).clamp_min(1e-6);
    const Tensor a = torch::exp(-f_.specificity * (d * S_).sum(1).pow(f_.q_over_r));
    const Tensor present = active_.nonzero().squeeze(1), h = a.index_select(0, present);
    const Tensor temperature =
        f_.temperature == 0 ? h / (f_.beta * h.log()) : torch::full_like(h, f_.temperature);
    const Tensor g = h * torch::softmax(h / temperature, 0), o = g * torch::softmax(g / f_.tau, 0);
    return {present, o, f_.gain * torch::matmul(o, W_.index_select(0, present))};
  }

  float support(const Votes& votes) const {
    const Tensor w = W_.detach().index_select(0, votes.present), right = w.select(1, label_);
    Tensor others = w.clone();
    others.select(1, label_).fill_(-INFINITY);
    const Tensor other = std::get<0>(others.max(1));
    const Tensor s = (right - other) / (right.abs() + other.abs() + 1e-6);
    return ((s * votes.o).sum() / votes.o.sum()).item<float>();
  }

  Tensor clustering(const Pass& pass, std::int64_t item, bool first, int& recruited) {
    if (pass.recruit && (first || support(vote()) < f_.threshold)) {
      const torch::NoGradGuard no_grad;
      U_.index_put_({item}, x_);
      active_[item] = 1;
      recruited = 1;
    }
    return vote().z;
  }

  // 3.3
  Tensor distances() const { return (x_ - U_).abs().pow(f_.r); }
  Tensor activations() const {
    return f_.specificity * torch::exp(-f_.specificity * (distances() * S_).sum(1).pow(f_.q_over_r));
  }

  // The k largest of the activations where `mask` is not 0, as PyTorch orders them.
  std::vector<std::int64_t> best(const Tensor& a, const Tensor& mask, int k) const {
    std::vector<int> all(static_cast<std::size_t>(f_.N));
    for (int j = 0; j < f_.N; ++j) all[static_cast<std::size_t>(j)] = j;
    const Tensor masked = (a.detach() * mask).cpu().contiguous();
    std::vector<Scored> top;
    top_units(all, {masked.data_ptr<float>(), static_cast<std::size_t>(f_.N)}, f_.N, k, f_.lowest_index_first,
              top);
    std::vector<std::int64_t> units;
    for (const Scored& s : top) units.push_back(s.at);
    return units;
  }

  Tensor multiunit_logits() {
    used_attention_ = S_.detach().clone();
    const Tensor a = activations();
    winners_ = torch::tensor(best(a, active_, f_.winners), torch::kLong).to(device_);
    return f_.gain * torch::matmul(a.index_select(0, winners_), W_.index_select(0, winners_));
  }

  Tensor multiunit(const Pass& pass, bool first, int& recruited) {
    Tensor z = multiunit_logits();
    if (!pass.recruit || (is_right(z, label_) && !is_silent(z)) || !W_.eq(0).any().item<bool>()) return z;
    int wanted = f_.winners;
    if (!first) wanted = W_.detach().index_select(0, winners_).argmax(1).ne(label_).sum().item<int>();
    const auto found = best(activations(), 1 - active_, wanted);
    recruited = found.empty() ? (wanted > 0 ? -1 : 0) : static_cast<int>(found.size());
    if (found.empty()) return z;
    {
      const torch::NoGradGuard no_grad;
      for (const std::int64_t j : found) {
        U_.index_put_({j}, x_);
        active_[j] = 1;
      }
    }
    return multiunit_logits();
  }

  void learn_locally() {
    if (f_.local_attention) {
      const torch::AutoGradMode with_grad(true);
      const Tensor alpha = S_.detach().clone().requires_grad_();
      Tensor sign = -active_;
      sign.index_fill_(0, winners_, 1);
      const Tensor units = active_.nonzero().squeeze(1), d = distances().detach().index_select(0, units);
      const Tensor s = (d * alpha).sum(1);
      const Tensor root =
          f_.q_over_r == 1 ? s : torch::where(s > 0, s, torch::ones_like(s)).pow(f_.q_over_r) * (s > 0);
      (f_.specificity * torch::exp(-f_.specificity * root) * sign.index_select(0, units)).sum().backward();
      const torch::NoGradGuard no_grad;
      S_.add_(alpha.grad() / active_.sum() * f_.lr_attention);
    }
    S_.clamp_min_(0);
    S_.div_(S_.sum());
    Tensor u = U_.index_select(0, winners_);
    u = u + f_.lr_position * (x_ - u);
    u = u + f_.lr_position * (u.mean(0) - u);
    U_.index_copy_(0, winners_, u);
  }

  const ModelSpec& model_;
  const Layout& layout_;
  const Fast& f_;
  torch::Device device_;
  Tensor U_, S_, W_, active_, x_, winners_, used_attention_;  // S_: attention, or Cholesky factors
  Tensor before_;       // logits before recruitment, where those are recorded
  bool rests_ = false;  // the fast stream in this trial
  std::vector<Tensor> slow_W_, slow_b_;
  std::vector<float> rest_;
  std::int64_t label_ = 0;
};

class TorchGroup final : public Group {
 public:
  TorchGroup(const ModelSpec& model, const Layout& layout, std::size_t members, const std::string& device)
      : members_(members, Participant(model, layout, torch::Device(device))) {}

  void load(std::size_t member, std::span<const float> state) override { members_[member].load(state); }
  std::vector<float> save(std::size_t member) const override { return members_[member].save(); }
  std::vector<float> read_fast(std::size_t member, const Slot& slot) const override {
    const auto state = save(member);
    const auto first = state.begin() + static_cast<std::ptrdiff_t>(slot.offset);
    return {first, first + static_cast<std::ptrdiff_t>(slot.size())};
  }
  std::vector<Outcome> run(const Pass& pass, std::span<const Presentation> presentations) override {
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < members_.size(); ++i)
      outcomes.push_back(members_[i].run(pass, presentations[i]));
    return outcomes;
  }

 private:
  std::vector<Participant> members_;
};

}  // namespace

std::unique_ptr<Group> torch_group(const ModelSpec& model, const Layout& layout, std::size_t members,
                                   const std::string& device) {
  return std::make_unique<TorchGroup>(model, layout, members, device);
}

}  // namespace tsd::dual_stream
