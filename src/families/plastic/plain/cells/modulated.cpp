// Recurrent weights whose Hebbian trace the network itself modulates (Miconi et al. 2019, backpropamine), with
// M(t) = tanh(m h(t) + c): at once, H(t+1) = clip(H(t) + M(t) h(t) h(t-1)'), or through an eligibility trace,
// H(t+1) = clip(H(t) + M(t) E(t)), E(t+1) = (1 - e) E(t) + e h(t) h(t-1)'. clip: into [-1, 1].
#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

using torch::Tensor;

namespace {

// grow(h(t) h(t-1)'): what M multiplies.
template <class Grow>
LayerActivity modulated(const Layer& layer, const LayerParameters& p, const Tensor& u, const Grow& grow) {
  const Tensor a = driven(p, u), &alpha = p.own[0], m = p.own[1].t(), &c = p.own[2];
  Tensor h = torch::zeros({u.size(0), layer.n}, u.options());
  Tensor H = torch::zeros({u.size(0), layer.n, layer.n}, u.options());
  return {over_frames(u.size(1),
                      [&](std::int64_t t) {
                        const Tensor now = torch::tanh(a.select(1, t) + times(p.R + alpha * H, h));
                        const Tensor M = torch::tanh(torch::matmul(now, m) + c).unsqueeze(2);  // [B, 1, 1]
                        H = torch::clamp(H + M * grow(pairs_of(now, h)), -1, 1);
                        return h = now;
                      }),
          {}};
}

}  // namespace

LayerActivity modulated_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  return modulated(layer, p, u, [](const Tensor& pair) { return pair; });
}

LayerActivity retroactive_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor& rate = p.own[3];
  Tensor E = torch::zeros({u.size(0), layer.n, layer.n}, u.options());
  return modulated(layer, p, u, [&](const Tensor& pair) {
    const Tensor before = E;
    E = (1 - rate) * E + rate * pair;
    return before;
  });
}

}  // namespace tsd::plastic
