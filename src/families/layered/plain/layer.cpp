#include "families/layered/plain/layer.hpp"

namespace tsd::layered {

using torch::Tensor;

namespace {

// Sum over samples and positions of e times patches of x, in the shape of a kernel.
Tensor correlation(const Layer& layer, const Tensor& x, const Tensor& e) {
  const Tensor patches = torch::im2col(x, {layer.kernel, layer.kernel}, {1, 1}, {0, 0}, {1, 1});
  return torch::bmm(e.flatten(2), patches.transpose(1, 2)).sum(0).view(layer.weight_shape());
}

}  // namespace

Tensor value(Activation phi, const Tensor& u) {
  switch (phi) {
    case Activation::tanh:
      return torch::tanh(u);
    case Activation::logistic:
      return torch::sigmoid(u);
    case Activation::relu:
      return torch::relu(u);
    case Activation::hard_sigmoid:
      return torch::clamp(u, 0, 1);
    case Activation::linear:
      break;
  }
  return u;
}

Tensor derivative(Activation phi, const Tensor& u, const Tensor& r) {
  switch (phi) {
    case Activation::tanh:
      return 1 - r * r;
    case Activation::logistic:
      return r * (1 - r);
    case Activation::relu:
      return (u > 0).to(u.dtype());
    case Activation::hard_sigmoid:
      return ((u >= 0) & (u <= 1)).to(u.dtype());
    case Activation::linear:
      break;
  }
  return torch::ones_like(u);
}

Tensor basal(const Layer& layer, const LayerState& state, const Tensor& below) {
  if (layer.kind == Kind::convolution) return torch::conv2d(below, state.W, state.b);
  return torch::addmm(state.b, below.flatten(1), state.W);
}

Tensor backwards(const Layer& layer, const LayerState& state, const Tensor& e) {
  if (layer.kind == Kind::convolution)
    return torch::conv_transpose2d(e, state.B.defined() ? state.B : state.W);
  const Tensor below = torch::mm(e, state.B.defined() ? state.B : state.W.t());
  if (!layer.flattens) return below;
  return below.view({-1, layer.below.channels, layer.below.rows, layer.below.columns});
}

void add_weight_gradient(const Layer& layer, const Tensor& below, const Tensor& e, double keep, double share,
                         Tensor& sum) {
  if (layer.kind == Kind::convolution)
    sum.mul_(keep).add_(correlation(layer, below, e), share);
  else
    sum.addmm_(below.flatten(1).t(), e, keep, share);
}

Tensor bias_gradient(const Tensor& e) {
  return e.dim() == 4 ? e.mean(torch::IntArrayRef{0, 2, 3}) : e.mean(0);
}

void add_backward_gradient(const Layer& layer, const Tensor& h, const Tensor& xi, double keep, double share,
                           Tensor& sum) {
  if (layer.kind == Kind::convolution)
    sum.mul_(keep).add_(correlation(layer, xi, h), share);
  else
    sum.addmm_(h.t(), xi.flatten(1), keep, share);
}

Tensor gathered(const Tensor& planes, const Tensor& chosen) {
  return planes.flatten(2).gather(2, chosen.flatten(2)).view(chosen.sizes());
}

Tensor scattered(const Tensor& pooled, const Tensor& chosen, const Extent& below) {
  return torch::zeros({pooled.size(0), below.channels, std::int64_t{below.rows} * below.columns},
                      pooled.options())
      .scatter_(2, chosen.flatten(2), pooled.flatten(2))
      .view({pooled.size(0), below.channels, below.rows, below.columns});
}

}  // namespace tsd::layered
