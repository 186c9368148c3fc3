#include "families/ctd/task/plain/model.hpp"

namespace tsd::ctd_task {

using torch::Tensor;

namespace {

std::vector<float> to_vector(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  const Tensor host = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

Loss numbers(const TorchLoss& loss) {
  return {loss.task.item<double>(), loss.effort.item<double>(), loss.latent.item<double>()};
}

class TorchBackend final : public Backend {
 public:
  TorchBackend(const ModelSpec& spec, const Task& task, const std::string& device)
      : spec_(spec), layout_(spec), task_(task), device_(device) {}

  Loss run(std::span<const float> parameters, const Batch& batch, const Noise& noise,
           Rollout* rollout) override {
    const torch::NoGradGuard no_grad;
    const TorchCourse course = ctd_task::run(spec_, task_, layout_, load(parameters), batch, noise);
    if (rollout) rollout->controlled = to_vector(course.controlled);
    if (rollout && !rollout->controlled_only) {
      rollout->actions = to_vector(course.actions);
      rollout->latents = to_vector(course.latents);
      rollout->observations = to_vector(course.observations);
      rollout->joints = to_vector(course.joints);
    }
    return numbers(loss_of(spec_, task_, batch, course));
  }

  Loss gradient(std::span<const float> parameters, const Batch& batch, const Noise& noise,
                std::span<float> gradient) override {
    const Tensor flat = load(parameters).requires_grad_();
    const TorchLoss loss =
        loss_of(spec_, task_, batch, ctd_task::run(spec_, task_, layout_, flat, batch, noise));
    loss.total.backward();
    const auto values = to_vector(flat.grad());
    std::copy(values.begin(), values.end(), gradient.begin());
    return numbers(loss);
  }

 private:
  Tensor load(std::span<const float> values) const {
    return torch::tensor(std::vector<float>(values.begin(), values.end())).to(device_);
  }

  ModelSpec spec_;
  Layout layout_;
  Task task_;
  torch::Device device_;
};

}  // namespace

std::unique_ptr<Backend> torch_backend(const ModelSpec& spec, const Task& task, const std::string& device) {
  return std::make_unique<TorchBackend>(spec, task, device);
}

}  // namespace tsd::ctd_task
