// Fast weights that attend to the recent past (Ba et al. 2016), one inner step, N a layer norm without
// parameters: g = tanh(N(R h(t-1) + W u + b)), h(t) = tanh(N(R h(t-1) + W u + b + A(t) g)),
// A(t+1) = l A(t) + e h(t) h(t)'.
#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

using torch::Tensor;

LayerActivity fast_weights_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor a = driven(p, u), R = p.R.t(), &decay = p.own[0], &rate = p.own[1];
  const auto squash = [&](const Tensor& x) { return torch::tanh(torch::layer_norm(x, {layer.n})); };
  Tensor h = torch::zeros({u.size(0), layer.n}, u.options());
  Tensor A = torch::zeros({u.size(0), layer.n, layer.n}, u.options());
  return {over_frames(u.size(1),
                      [&](std::int64_t t) {
                        const Tensor slow = a.select(1, t) + torch::matmul(h, R);
                        h = squash(slow + times(A, squash(slow)));
                        A = decay * A + rate * pairs_of(h, h);
                        return h;
                      }),
          {}};
}

}  // namespace tsd::plastic
