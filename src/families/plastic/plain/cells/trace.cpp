// Recurrent weights with a Hebbian trace H (Miconi, Clune & Stanley 2018):
// h(t) = tanh(W u(t) + b + (R + alpha o H(t)) h(t-1)), H(t+1) = (1 - e) H(t) + e h(t) h(t-1)'.
#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

using torch::Tensor;

LayerActivity trace_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor a = driven(p, u), &alpha = p.own[0], &rate = p.own[1];
  Tensor h = torch::zeros({u.size(0), layer.n}, u.options());
  Tensor H = torch::zeros({u.size(0), layer.n, layer.n}, u.options());
  return {over_frames(u.size(1),
                      [&](std::int64_t t) {
                        const Tensor now = torch::tanh(a.select(1, t) + times(p.R + alpha * H, h));
                        H = (1 - rate) * H + rate * pairs_of(now, h);
                        return h = now;
                      }),
          {}};
}

}  // namespace tsd::plastic
