// One step of delay per layer: everything of a step is made from rates and errors of the step before, except
// where a layer's error passes a pool, or comes directly from the output (layered.md 2).
#include "families/layered/model/network.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "families/layered/plain/layer.hpp"
#include "families/layered/plain/noise.hpp"
#include "tsd/nn/archive.hpp"

namespace tsd::layered {

namespace {

using torch::Tensor;

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor host = tensor.to(torch::kCPU).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

struct Part {
  const char* name;
  Tensor LayerState::*tensor;
};
constexpr Part kParameters[] = {
    {"W_", &LayerState::W}, {"b_", &LayerState::b}, {"B_", &LayerState::B}, {"D_", &LayerState::D}};
constexpr Part kActivity[] = {
    {"u_", &LayerState::u}, {"r_", &LayerState::r},         {"slope_", &LayerState::slope},
    {"e_", &LayerState::e}, {"xi_", &LayerState::xi},       {"seen_", &LayerState::seen},
    {"h_", &LayerState::h}, {"W_low_", &LayerState::W_low}, {"b_low_", &LayerState::b_low}};

class TorchNetwork final : public Network {
 public:
  TorchNetwork(const ModelSpec& spec, const Arrays& parameters, const std::string& device,
               TorchGenerator* stream, std::uint64_t seed)
      : spec_(spec),
        device_(device),
        noise_(make_noise(stream, device_, seed)),
        layers_(spec.layers.size()),
        has_noise_(spec.layers.size()) {
    at::globalContext().setAllowTF32CuDNN(false);
    load(parameters);
    for (std::size_t l = 0; l < layers_.size(); ++l) rest(l);
    find_noise();
  }

  void show(std::span<const float> inputs, std::span<const float> targets) override {
    const Layer& first = spec_.layers.front();
    input_ = tensor_of(inputs, first.kind == Kind::dense ? flat(first.below) : planes(first.below));
    target_ = tensor_of(targets, flat(spec_.layers.back().own));
  }

  void step(Mode mode) override {
    const torch::NoGradGuard no_gradients;
    const std::vector<LayerState> old = layers_;
    const bool learns = mode == Mode::learn;
    const Tensor top = learns ? output_error(old.back()) : torch::zeros_like(old.back().e);
    for (std::size_t l = 0; l < layers_.size(); ++l) activate(l, old, learns || spec_.noise_in_evaluation);
    layers_.back().e = top;
    spec_.rule == Rule::DFA ? send_directly(top) : send_errors(old, learns || spec_.noise_in_evaluation);
    if (learns) learn(old);
    begun_ = true;
  }

  std::vector<float> rates(int layer) const override { return to_vector(at(layer).r); }
  std::vector<float> errors(int layer) const override { return to_vector(at(layer).e); }
  std::vector<float> noise(int layer) const override { return to_vector(at(layer).xi); }
  std::vector<float> high_passed(int layer) const override { return to_vector(at(layer).h); }

  Arrays parameters() const override {
    Arrays all;
    save(kParameters, all);
    return all;
  }

  std::vector<double> angles() const override;

  Arrays state() const override {
    Arrays all = parameters();
    save(kActivity, all);
    all.push_back(nn::to_array("noise", noise_->save()));
    all.push_back(make_scalar<std::int64_t>("begun", begun_));
    return all;
  }

  void restore(const Arrays& state) override {
    load(state);
    for (std::size_t l = 0; l < layers_.size(); ++l)
      for (const auto& [name, tensor] : kActivity)
        if ((layers_[l].*tensor).defined()) layers_[l].*tensor = tensor_of(state, name, l);
    find_noise();
    noise_->restore(nn::to_tensor(find(state, "noise")));
    begun_ = scalar<std::int64_t>(state, "begun") != 0;
  }

 private:
  const LayerState& at(int layer) const { return layers_.at(static_cast<std::size_t>(layer - 1)); }
  bool noisy() const { return spec_.rule == Rule::PAL; }

  Shape flat(const Extent& extent) const { return {spec_.batch, extent.size()}; }
  Shape planes(const Extent& extent) const {
    return {spec_.batch, extent.channels, extent.rows, extent.columns};
  }
  Shape shape(const Layer& layer) const {
    return layer.kind == Kind::dense ? flat(layer.own) : planes(layer.own);
  }
  Tensor tensor_of(std::span<const float> values, const Shape& shape) const {
    return torch::tensor(c10::ArrayRef<float>(values.data(), values.size())).view(shape).to(device_);
  }
  Tensor tensor_of(const Arrays& arrays, const std::string& name, std::size_t l) const {
    return nn::to_tensor(find(arrays, name + std::to_string(l + 1))).to(device_);
  }

  template <std::size_t n>
  void save(const Part (&parts)[n], Arrays& all) const {
    for (std::size_t l = 0; l < layers_.size(); ++l)
      for (const auto& [name, tensor] : parts)
        if ((layers_[l].*tensor).defined())
          all.push_back(nn::to_array(name + std::to_string(l + 1), layers_[l].*tensor));
  }

  void load(const Arrays& arrays) {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      if (spec_.layers[l].pools()) continue;
      layers_[l].W = tensor_of(arrays, "W_", l);
      layers_[l].b = tensor_of(arrays, "b_", l);
      if (spec_.has_B(l)) layers_[l].B = tensor_of(arrays, "B_", l);
      if (spec_.has_D(l)) layers_[l].D = tensor_of(arrays, "D_", l);
    }
  }

  void rest(std::size_t l) {
    LayerState& s = layers_[l];
    const Tensor zeros = torch::zeros(shape(spec_.layers[l]), torch::device(device_));
    s.u = s.r = s.slope = s.e = zeros;
    if (!noisy()) return;
    s.xi = s.seen = zeros;
    if (spec_.layers[l].pools()) return;
    s.h = zeros;
    if (spec_.low_pass > 0) s.W_low = torch::zeros_like(s.W), s.b_low = torch::zeros_like(s.b);
  }

  // In a fork there may be some left of what the parent drew.
  void find_noise() {
    for (std::size_t l = 0; l < layers_.size(); ++l)
      has_noise_[l] =
          noisy() && (spec_.layers[l].sigma > 0 || layers_[l].xi.count_nonzero().item<std::int64_t>() > 0);
  }

  Tensor output_error(const LayerState& top) const {
    switch (spec_.loss) {
      case Loss::rate:
        return spec_.beta * top.slope * (target_ - top.r);
      case Loss::mse:
        return spec_.beta * (target_ - top.u);
      case Loss::softmax:
        break;
    }
    return spec_.beta * (target_ - torch::softmax(top.u, 1));
  }

  // An Ornstein-Uhlenbeck step, and the white noise that the original draws and multiplies by 0.
  void draw_noise(std::size_t l) {
    const Layer& layer = spec_.layers[l];
    const std::int64_t count = spec_.batch * layer.own.size();
    if (noisy() && layer.sigma > 0)
      layers_[l].xi = (1 - spec_.noise_rate) * layers_[l].xi +
                      std::sqrt(spec_.noise_rate) * layer.sigma * noise_->normal(shape(layer));
    else if (noisy()) {
      if (has_noise_[l]) layers_[l].xi = (1 - spec_.noise_rate) * layers_[l].xi;
      noise_->skip(count);
    }
    if (!layer.pools() && (noisy() || !layer.flattens)) noise_->skip(count);
  }

  void activate(std::size_t l, const std::vector<LayerState>& old, bool adds_noise) {
    draw_noise(l);
    LayerState& s = layers_[l];
    if (spec_.layers[l].pools())
      pool(l, old);
    else
      s.u = basal(spec_.layers[l], s, l == 0 ? input_ : old[l - 1].r);
    if (spec_.inject_error) s.u = s.u + old[l].e;
    if (adds_noise && has_noise_[l]) s.u = s.u + s.xi;
    if (spec_.layers[l].pools()) {
      s.r = s.u;
      return;
    }
    s.r = value(spec_.layers[l].phi, s.u);
    s.slope = derivative(spec_.layers[l].phi, s.u, s.r);
    if (!noisy()) return;
    s.seen = s.xi;
    const Tensor decayed = (1 - spec_.high_pass) * s.h;
    s.h = begun_ ? decayed + (s.r - old[l].r) : decayed;
  }

  // The largest rate of each field, with its derivative and its noise.
  void pool(std::size_t l, const std::vector<LayerState>& old) {
    LayerState& s = layers_[l];
    const Tensor& below = l == 0 ? input_ : old[l - 1].r;
    std::tie(s.u, s.chosen) = torch::max_pool2d_with_indices(below, {kPool, kPool});
    if (l == 0) return;
    s.slope = gathered(old[l - 1].slope, s.chosen);
    if (!noisy()) return;
    s.seen = gathered(old[l - 1].seen, s.chosen);
    if (has_noise_[l]) s.seen = s.xi + s.seen;
  }

  // To the layer below, from the error and the derivative of the step before.
  void send_errors(const std::vector<LayerState>& old, bool adds_noise) {
    for (std::size_t l = layers_.size() - 1; l > 0; --l) {
      const Layer& layer = spec_.layers[l];
      if (layer.pools()) {
        layers_[l - 1].e = scattered(layers_[l].e, layers_[l].chosen, layer.below);
        continue;
      }
      const bool leaks = spec_.inject_error && adds_noise && has_noise_[l];
      layers_[l - 1].e =
          old[l - 1].slope * backwards(layer, old[l], leaks ? old[l].e + layers_[l].xi : old[l].e);
    }
  }

  // D of a convolution is [filter, column, row, output].
  void send_directly(const Tensor& top) {
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      if (!spec_.has_D(l)) continue;
      const Tensor D =
          spec_.layers[l].kind == Kind::convolution ? layers_[l].D.transpose(1, 2) : layers_[l].D;
      layers_[l].e = layers_[l].slope * torch::tensordot(top, D, {1}, {D.dim() - 1});
    }
  }

  void learn(const std::vector<LayerState>& old) {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = spec_.layers[l];
      if (layer.pools()) continue;
      learn_forward(layer, l == 0 ? input_ : old[l - 1].r, layers_[l]);
      if (noisy() && spec_.has_B(l) && layer.step_back > 0)
        add_backward_gradient(layer, layers_[l].h, layers_[l - 1].seen, 1 - layer.step_back * layer.decay,
                              layer.step_back / spec_.batch, layers_[l].B);
    }
  }

  void learn_forward(const Layer& layer, const Tensor& below, LayerState& s) const {
    if (!s.W_low.defined()) {
      add_weight_gradient(layer, below, s.e, 1, layer.step / spec_.batch, s.W);
      s.b.add_(bias_gradient(s.e), layer.step);
      return;
    }
    const double k = spec_.low_pass;
    add_weight_gradient(layer, below, s.e, 1 - k, k / spec_.batch, s.W_low);
    s.b_low.mul_(1 - k).add_(bias_gradient(s.e), k);
    s.W.add_(s.W_low, layer.step);
    s.b.add_(s.b_low, layer.step);
  }

  ModelSpec spec_;
  torch::Device device_;
  std::unique_ptr<Noise> noise_;
  std::vector<LayerState> layers_;
  std::vector<bool> has_noise_;  // of each layer; where xi is 0 for good, there is none
  Tensor input_, target_;
  bool begun_ = false;
};

std::vector<double> TorchNetwork::angles() const {
  const torch::NoGradGuard no_gradients;
  std::vector<double> all;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (!spec_.has_B(l)) continue;
    const bool dense = spec_.layers[l].kind == Kind::dense;
    const Tensor W = (dense ? layers_[l].W.t() : layers_[l].W).to(torch::kDouble), B = layers_[l].B;
    const double cosine = ((W * B).sum() / (W.norm() * B.to(torch::kDouble).norm())).item<double>();
    all.push_back(std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi);
  }
  return all;
}

}  // namespace

std::unique_ptr<Network> torch_network(const ModelSpec& spec, const Arrays& parameters,
                                       const std::string& device, TorchGenerator* stream,
                                       std::uint64_t seed) {
  return std::make_unique<TorchNetwork>(spec, parameters, device, stream, seed);
}

}  // namespace tsd::layered
