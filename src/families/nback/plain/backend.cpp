// The plain backend: LibTorch modules on any device.
#include <torch/optim/adamw.h>

#include <algorithm>
#include <numeric>

#include "families/nback/model/backend.hpp"
#include "families/nback/model/parameters.hpp"
#include "families/nback/plain/loss.hpp"
#include "families/nback/plain/model.hpp"
#include "tsd/nn/archive.hpp"

namespace tsd::nback {
namespace {

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const auto host = tensor.to(torch::kCPU).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

class TorchBackend : public Backend {
 public:
  TorchBackend(const ModelSpec& spec, std::span<const float> features, const std::string& device,
               std::uint64_t seed)
      : spec_(spec), device_(device), model_(spec), dropout_(seed, "dropout") {
    set_features(features);
    model_->to(device_);
    load_weights(initial_weights(spec, seed));
    optimizer_ = std::make_unique<torch::optim::AdamW>(model_->parameters());
  }

  Outcome train(const Batch& batch, const LossSpec& loss, const UpdateSpec& update) override {
    model_->train();
    const auto activity = forward(batch, draw_masks(spec_, batch.B, batch.L, dropout_));
    const auto terms = loss_terms(activity.logits, batch, loss);
    optimizer_->zero_grad();
    terms.loss.backward();
    auto outcome = to_outcome(activity, terms, batch, loss);
    outcome.gradient_norm = clip_gradients(model_->named_parameters(), update.grad_clip);
    auto& options = static_cast<torch::optim::AdamWOptions&>(optimizer_->param_groups()[0].options());
    options.lr(update.lr).weight_decay(update.weight_decay);
    optimizer_->step();
    return outcome;
  }

  Outcome evaluate(const Batch& batch, const LossSpec& loss, Trace* trace) override {
    const torch::NoGradGuard no_grad;
    model_->eval();
    const auto activity = forward(batch, {});
    if (trace)
      *trace = {to_vector(activity.hidden), to_vector(activity.e),
                activity.gates.defined() ? to_vector(activity.gates) : std::vector<float>{},
                to_vector(activity.logits)};
    return to_outcome(activity, loss_terms(activity.logits, batch, loss), batch, loss);
  }

  void set_features(std::span<const float> features) override {
    const auto rows = static_cast<std::int64_t>(features.size()) / spec_.F;
    features_ = torch::from_blob(const_cast<float*>(features.data()), {rows, spec_.F}, torch::kFloat)
                    .to(device_, torch::kFloat, /*non_blocking=*/false, /*copy=*/true);
  }

  Arrays weights() const override {
    Arrays arrays;
    const auto tensors = model_->named_parameters();
    for (const Parameter& parameter : parameters(spec_))
      arrays.push_back(nn::to_array(parameter.name, tensors[parameter.name]));
    return arrays;
  }

  void load_weights(const Arrays& weights) override {
    const torch::NoGradGuard no_grad;
    auto tensors = model_->named_parameters();
    for (const Array* array : matching(spec_, weights)) tensors[array->name].copy_(nn::to_tensor(*array));
  }

  Arrays state() const override {
    Arrays arrays = weights();
    std::int64_t steps = 0;
    const auto tensors = model_->named_parameters();
    for (const Parameter& parameter : parameters(spec_)) {
      const auto& tensor = tensors[parameter.name];
      const auto found = optimizer_->state().find(tensor.unsafeGetTensorImpl());
      auto first = torch::zeros_like(tensor), second = first;
      if (found != optimizer_->state().end()) {
        const auto& moments = static_cast<const torch::optim::AdamWParamState&>(*found->second);
        first = moments.exp_avg(), second = moments.exp_avg_sq(), steps = moments.step();
      }
      arrays.push_back(nn::to_array(std::string(kFirstMoment) + parameter.name, first));
      arrays.push_back(nn::to_array(std::string(kSecondMoment) + parameter.name, second));
    }
    arrays.push_back(make_scalar(std::string(kStep), steps));
    arrays.push_back(dropout_.save(std::string(kDropout)));
    return arrays;
  }

  void restore(const Arrays& state) override {
    const auto first = matching(spec_, state, kFirstMoment), second = matching(spec_, state, kSecondMoment);
    const auto steps = scalar<std::int64_t>(state, kStep);
    load_weights(state);
    const auto tensors = model_->named_parameters();
    const auto list = parameters(spec_);
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto moments = std::make_unique<torch::optim::AdamWParamState>();
      moments->step(steps);
      moments->exp_avg(nn::to_tensor(*first[i]).to(device_));
      moments->exp_avg_sq(nn::to_tensor(*second[i]).to(device_));
      optimizer_->state()[tensors[list[i].name].unsafeGetTensorImpl()] = std::move(moments);
    }
    dropout_.load(find(state, kDropout));
  }

 private:
  Activity forward(const Batch& batch, const DropoutMasks& masks) {
    const auto index = torch::tensor(at::ArrayRef<std::int32_t>(batch.stimulus), torch::kInt).to(device_);
    const auto shown = features_.index_select(0, index).view({batch.B, batch.L, spec_.F});
    return model_->forward(shown, task_vectors(batch, spec_.levels, features_.options()), masks);
  }

  // With several read-outs, the answer is that of the one asked for.
  static torch::Tensor answers(const torch::Tensor& logits, const Batch& batch, const LossSpec& loss) {
    if (loss.heads.empty()) return logits.argmax(-1);
    std::vector<torch::Tensor> rows;
    for (int b = 0; b < batch.B; ++b) {
      const auto head = loss.heads.begin() + batch.feature[b];
      rows.push_back(logits[b].narrow(-1, std::accumulate(loss.heads.begin(), head, 0), *head).argmax(-1));
    }
    return torch::stack(rows);
  }

  static Outcome to_outcome(const Activity& activity, const LossTerms& terms, const Batch& batch,
                            const LossSpec& loss) {
    const auto predicted = answers(activity.logits, batch, loss).to(torch::kCPU, torch::kByte).contiguous();
    Outcome outcome;
    outcome.loss = terms.loss.item<double>();
    outcome.main = terms.main.item<double>();
    outcome.no_action = terms.no_action.item<double>();
    outcome.all_steps = terms.all_steps.item<double>();
    outcome.predicted.assign(predicted.data_ptr<std::uint8_t>(),
                             predicted.data_ptr<std::uint8_t>() + predicted.numel());
    return outcome;
  }

  ModelSpec spec_;
  torch::Device device_;
  Model model_;
  torch::Tensor features_;  // [S, F]
  std::unique_ptr<torch::optim::AdamW> optimizer_;
  Philox dropout_;
};

}  // namespace

std::unique_ptr<Backend> make_torch_backend(const ModelSpec& spec, std::span<const float> features,
                                            const std::string& device, std::uint64_t seed) {
  return std::make_unique<TorchBackend>(spec, features, device, seed);
}

}  // namespace tsd::nback
