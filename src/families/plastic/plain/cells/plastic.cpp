// A layer with a plastic matrix (plastic.md 3): a = (W + P) u + b or (W o (1 + P)) u + b, and how P changes.
#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

using torch::Tensor;

namespace {

Tensor rates(const Layer& l, const Tensor& eta) {
  if (l.sign == Sign::free) return eta;
  return l.sign == Sign::hebbian ? torch::exp(eta) : -torch::exp(eta);
}

// By a frame, before the learning rate.
Tensor change(const Layer& l, const Tensor& h, const Tensor& u, const Tensor& P) {
  switch (l.change) {
    case Change::hebbian:
      return pairs_of(h, u);
    case Change::oja:
      return pairs_of(h, u) - (h * h).unsqueeze(2) * P;
    case Change::presynaptic:
      return pairs_of(torch::ones_like(h), u);
  }
  return {};
}

Tensor bounded(const Layer& l, const Tensor& P) {
  switch (l.bound) {
    case Bound::none:
      return P;
    case Bound::tanh:
      return torch::tanh(P);
    case Bound::rows:
      return P / P.square().sum(2, true).clamp_min(1).sqrt();
  }
  return {};
}

}  // namespace

LayerActivity plastic_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor a = driven(p, u), eta = rates(layer, p.eta);
  const Tensor decay = layer.decay == Decay::sigmoid ? torch::sigmoid(p.lambda) : p.lambda;
  Tensor P = torch::zeros({u.size(0), layer.n, layer.m}, u.options());
  if (layer.learned_start) P = P + p.own[0];
  const Tensor h = over_frames(u.size(1), [&](std::int64_t t) {
    const Tensor now = u.select(1, t);
    const Tensor h_t = phi_of(layer, a.select(1, t) + times(layer.rule == Rule::additive ? P : p.W * P, now));
    const Tensor changed = eta * change(layer, h_t, now, P);
    P = bounded(layer, layer.memory == Memory::decaying ? decay * P + changed : changed);
    return h_t;
  });
  return {h, P};
}

}  // namespace tsd::plastic
