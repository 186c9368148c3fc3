#include <numbers>
#include <numeric>

#include "families/ctd/data/plain/model.hpp"

namespace tsd::ctd_data {

using torch::Tensor;

namespace {

Tensor to_tensor(const math::Matrix& m, int T, const torch::Device& device) {
  if (!m.data && m.columns > 0) return {};
  Tensor all = torch::empty({T, m.rows / T, m.columns});
  std::copy_n(m.data, m.size(), all.data_ptr<float>());
  return all.to(device);
}

// [T, B, w] as [B, T, w], or [B, w].
std::vector<float> to_vector(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  const Tensor by_trial = tensor.dim() == 3 ? tensor.transpose(0, 1) : tensor;
  const Tensor host = by_trial.detach().to(torch::kCPU, torch::kFloat).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

class TorchBackend final : public Backend {
 public:
  TorchBackend(const Config& config, const ModelSpec& spec, const std::string& device)
      : config_(config), spec_(spec), layout_(spec), preparation_(config, spec.extents), device_(device) {}

  Loss run(std::span<const float> parameters, const Batch& batch, const Pass& pass,
           Outputs* outputs) override {
    const torch::NoGradGuard no_grad;
    const TorchParameters p = views(load(parameters));
    const TorchInput input = prepare(batch, pass);
    const TorchCourse course = course_of(p, input, pass);
    if (outputs) keep(p, course, *outputs);
    return loss_of(p, input, course, batch.size()).second;
  }

  Loss gradient(std::span<const float> parameters, const Batch& batch, const Pass& pass, const Objective& o,
                std::span<float> gradient) override {
    const Tensor flat = load(parameters).requires_grad_();
    const TorchParameters p = views(flat);
    const TorchInput input = prepare(batch, pass);
    const TorchCourse course = course_of(p, input, pass);
    const auto [recon, loss] = loss_of(p, input, course, batch.size());
    Tensor total = o.recon * recon;
    if (spec_.is_lfads()) total = total + o.kl_ic * course.kl_ic + o.kl_co * course.kl_co;
    total.backward();
    const auto values = to_vector(flat.grad());
    std::copy(values.begin(), values.end(), gradient.begin());
    std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(layout_.trainable()), gradient.end(), 0.0f);
    return loss;
  }

 private:
  Tensor load(std::span<const float> values) const {
    return torch::tensor(std::vector<float>(values.begin(), values.end())).to(device_);
  }

  // Views into one flat tensor, so that a gradient of it is a gradient of all.
  TorchParameters views(const Tensor& flat) const {
    TorchParameters all;
    for (const nn::Slot& slot : layout_.slots())
      all[slot.name] =
          flat.narrow(0, static_cast<std::int64_t>(slot.offset), static_cast<std::int64_t>(slot.size()))
              .view(slot.shape);
    return all;
  }

  TorchInput prepare(const Batch& batch, const Pass& pass) {
    std::vector<int> places(static_cast<std::size_t>(batch.size()));
    std::iota(places.begin(), places.end(), 0);
    const Prepared& ready = preparation_.prepare(batch, pass, places);
    const auto tensor = [&](const math::Matrix& m) { return to_tensor(m, spec_.extents.T, device_); };
    const Tensor encod = to_tensor(ready.encod, spec_.extents.encoded(), device_);
    const auto decoded = [&](const math::Matrix& m) {
      const Tensor all = tensor(m);
      return all.narrow(0, spec_.first_step(), spec_.steps());
    };
    return {encod,
            decoded(ready.recon),
            tensor(ready.inputs),
            decoded(ready.weight),
            decoded(ready.gradient),
            ready.held_out.data ? decoded(ready.held_out) : Tensor()};
  }

  TorchCourse course_of(const TorchParameters& p, const TorchInput& input, const Pass& pass) const {
    return spec_.is_lfads() ? run_lfads(spec_, p, input, pass) : run_sae(spec_, p, input, pass);
  }

  struct Zig {
    Tensor alpha, beta, q;
  };
  Zig zero_inflated(const TorchParameters& p, const std::vector<Tensor>& parts) const {
    const Tensor& scale = p.at("recon.scale");
    const auto sigmoid = [&](int k) {
      return torch::sigmoid(parts[static_cast<std::size_t>(k)]).clamp_min(1e-5);
    };
    return {sigmoid(0) * scale[0], sigmoid(1) * scale[1], sigmoid(2)};
  }
  std::vector<Tensor> parts_of(const Tensor& outputs) const {
    return outputs.chunk(spec_.is_lfads() ? spec_.lfads.outputs_per_neuron() : 1, 2);
  }

  static Tensor gamma_nll(const Tensor& y, const Tensor& alpha, const Tensor& beta) {
    return -(alpha * torch::log(beta) + (alpha - 1) * torch::log(y) - beta * y - torch::lgamma(alpha));
  }

  // Of each element (3.2).
  Tensor nll(const TorchParameters& p, const Tensor& y, const Tensor& outputs) const {
    const auto parts = parts_of(outputs);
    switch (spec_.likelihood()) {
      case Likelihood::poisson: {
        const Tensor loss = torch::exp(parts[0]) - y * parts[0];
        if (!spec_.is_lfads()) return loss;
        const Tensor big = y.clamp_min(1);
        const Tensor constant = big * torch::log(big) - big + 0.5 * torch::log(2 * std::numbers::pi * big);
        return loss + torch::where(y > 1, constant, torch::zeros_like(y));
      }
      case Likelihood::mse:
        return (y - parts[0]).square();
      case Likelihood::gaussian: {
        const Tensor variance = torch::exp(parts[1]).clamp_min(1e-6);
        return 0.5 * (torch::log(variance) + (parts[0] - y).square() / variance);
      }
      case Likelihood::gamma:
        return gamma_nll(y, torch::exp(parts[0]), torch::exp(parts[1]));
      case Likelihood::zero_inflated_gamma: {
        const Zig z = zero_inflated(p, parts);
        const Tensor shifted = torch::where(y == 0, torch::ones_like(y), y - spec_.lfads.gamma_loc);
        return torch::where(y == 0, -torch::log(1 - z.q),
                            gamma_nll(shifted, z.alpha, z.beta) - torch::log(z.q));
      }
    }
    return {};
  }

  Tensor means(const TorchParameters& p, const Tensor& outputs) const {
    const auto parts = parts_of(outputs);
    switch (spec_.likelihood()) {
      case Likelihood::poisson:
        return torch::exp(parts[0]);
      case Likelihood::mse:
      case Likelihood::gaussian:
        return parts[0];
      case Likelihood::gamma:
        return torch::exp(parts[0] - parts[1]);
      case Likelihood::zero_inflated_gamma: {
        const Zig z = zero_inflated(p, parts);
        return z.q * (z.alpha / z.beta + spec_.lfads.gamma_loc);
      }
    }
    return {};
  }

  // The value by `weight`, the gradient by `gradient`.
  std::pair<Tensor, Loss> loss_of(const TorchParameters& p, const TorchInput& input,
                                  const TorchCourse& course, std::int64_t B) const {
    const double scale = recon_scale(config_, spec_, B);
    const Tensor each = nll(p, input.recon, course.outputs);
    const Tensor learnt = (each * input.gradient).sum() * scale;
    Loss loss;
    loss.recon = (each.detach().to(torch::kDouble) * input.weight).sum().item<double>() * scale;
    if (input.held_out.defined())
      loss.held_out = (each.detach().to(torch::kDouble) * input.held_out).sum().item<double>() /
                      (static_cast<double>(B) * spec_.encoded_steps() * spec_.extents.N_in);
    if (course.kl_ic.defined())
      loss.kl_ic = course.kl_ic.item<double>(), loss.kl_co = course.kl_co.item<double>();
    return {learnt, loss};
  }

  void keep(const TorchParameters& p, const TorchCourse& course, Outputs& outputs) const {
    outputs.rates = to_vector(means(p, course.outputs));
    if (spec_.likelihood() == Likelihood::poisson) outputs.log_rates = to_vector(course.outputs);
    outputs.latents = to_vector(course.latents);
    outputs.factors = to_vector(course.factors);
    outputs.ic_mean = to_vector(course.ic_mean);
    outputs.ic_std = to_vector(course.ic_std);
    outputs.inferred_inputs = to_vector(course.co_mean);
    outputs.co_std = to_vector(course.co_std);
    outputs.generator_inputs = to_vector(course.generator_inputs);
  }

  const Config& config_;
  ModelSpec spec_;
  Layout layout_;
  Preparation preparation_;
  torch::Device device_;
};

}  // namespace

std::unique_ptr<Backend> torch_backend(const Config& config, const ModelSpec& spec,
                                       const std::string& device) {
  return std::make_unique<TorchBackend>(config, spec, device);
}

}  // namespace tsd::ctd_data
