// Recurrent layers to compare with (plastic.md 12).
#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

using torch::Tensor;

LayerActivity tanh_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor a = driven(p, u), R = p.R.t();
  Tensor h = torch::zeros({u.size(0), layer.n}, u.options());
  return {over_frames(u.size(1),
                      [&](std::int64_t t) { return h = torch::tanh(a.select(1, t) + torch::matmul(h, R)); }),
          {}};
}

LayerActivity lstm_cell(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor a = driven(p, u) + p.R_bias.view({-1}), R = p.R.t();
  Tensor h = torch::zeros({u.size(0), layer.n}, u.options()), c = h;
  return {over_frames(u.size(1),
                      [&](std::int64_t t) {
                        const auto gate = (a.select(1, t) + torch::matmul(h, R)).chunk(4, 1);
                        c = torch::sigmoid(gate[1]) * c + torch::sigmoid(gate[0]) * torch::tanh(gate[2]);
                        return h = torch::sigmoid(gate[3]) * torch::tanh(c);
                      }),
          {}};
}

}  // namespace tsd::plastic
