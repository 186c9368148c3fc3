#include "families/ctd/task/plain/model.hpp"

#include <optional>

#include "families/ctd/task/plain/arm.hpp"

namespace tsd::ctd_task {

using namespace ctd;

using torch::Tensor;

std::map<std::string, Tensor> views(const Layout& layout, const Tensor& flat) {
  std::map<std::string, Tensor> all;
  for (const Slot& slot : layout.slots())
    all[slot.name] =
        flat.narrow(0, static_cast<std::int64_t>(slot.offset), static_cast<std::int64_t>(slot.size()))
            .view(slot.shape);
  return all;
}

namespace {

// The batch's rows of one array of the data set.
Tensor gather(const Batch& batch, const std::vector<float>& values, int T, int width, const Tensor& like) {
  Tensor rows = torch::empty({batch.size(), T, width});
  for (std::int64_t b = 0; b < batch.size(); ++b) {
    const auto row =
        Dataset::row(values, batch.trials[static_cast<std::size_t>(b)], static_cast<std::size_t>(T * width));
    std::copy(row.begin(), row.end(), rows.data_ptr<float>() + b * T * width);
  }
  return rows.to(like.options());
}

class Roll {
 public:
  Roll(const ModelSpec& spec, const Task& task, std::map<std::string, Tensor> parameters, const Batch& batch,
       const Noise& noise)
      : spec_(spec),
        task_(task),
        p_(std::move(parameters)),
        batch_(batch),
        noise_(noise),
        like_(p_.at("readout.weight").detach()) {}

  TorchCourse run() {
    const TaskShape s = shape_of(task_);
    const Dataset& data = *batch_.data;
    Tensor inputs =
        gather(batch_, batch_.noiseless_inputs ? data.true_inputs : data.inputs, s.T, s.inputs, like_);
    if (const double std = dynamic_noise_of(task_); std > 0) {
      std::vector<Tensor> steps;
      for (int t = 0; t < s.T; ++t) steps.push_back(noise(NoiseKind::input, t, s.inputs, std));
      inputs = inputs + torch::stack(steps, 1);
    }
    if (s.closed_loop()) begin_reach();
    Tensor h = initial_state();
    std::vector<Tensor> actions, latents, controlled, observations, joints;
    for (int t = 0; t < s.T; ++t) {
      Tensor x = inputs.select(1, t);
      if (s.closed_loop()) x = torch::cat({observe(t), x}, 1);
      const auto [y, next] = step(x, h, t);
      h = next;
      actions.push_back(y);
      latents.push_back(h);
      if (!s.closed_loop()) continue;
      states_.push_back(arm_after(reach().arm, states_.back(),
                                  y + noise(NoiseKind::action, t, kMuscles, reach().action_noise),
                                  forces_.select(1, t)));
      controlled.push_back(states_.back().hand);
      joints.push_back(torch::cat({states_.back().q, states_.back().v}, 1));
      observations.push_back(observe(t + 1));
    }
    TorchCourse course{torch::stack(actions, 1), torch::stack(latents, 1), {}, {}, {}};
    course.controlled = s.closed_loop() ? torch::stack(controlled, 1) : course.actions;
    if (s.closed_loop())
      course.observations = torch::stack(observations, 1), course.joints = torch::stack(joints, 1);
    return course;
  }

 private:
  const RandomTarget& reach() const { return std::get<RandomTarget>(task_); }

  Tensor noise(NoiseKind kind, std::int64_t t, int n, double std) const {
    Tensor all = torch::zeros({batch_.size(), Noise::padded(n)});
    if (noise_.on && std > 0)
      for (std::int64_t b = 0; b < batch_.size(); ++b)
        noise_.fill(kind, b, t, n, std, all.data_ptr<float>() + b * all.size(1));
    return all.narrow(1, 0, n).to(like_.options());
  }

  Tensor initial_state() const {
    if (!spec_.has_initial_state()) return torch::zeros({batch_.size(), spec_.H}, like_.options());
    const Tensor h = p_.at("latent_ics").expand({batch_.size(), spec_.H});
    return spec_.is_gru() ? h + noise(NoiseKind::initial, 0, spec_.H, spec_.latent_ic_std) : h;
  }

  Tensor linear(const Tensor& x, const std::string& name) const {
    return torch::linear(x, p_.at(name + ".weight"), p_.at(name + ".bias"));
  }

  std::pair<Tensor, Tensor> step(const Tensor& x, const Tensor& h, int t) const {
    if (spec_.is_gru()) {
      const Tensor g = torch::gru_cell(x, h, p_.at("cell.weight_ih"), p_.at("cell.weight_hh"),
                                       p_.at("cell.bias_ih"), p_.at("cell.bias_hh"));
      return {linear(g, "readout"), g + noise(NoiseKind::latent, t, spec_.H, spec_.latent_noise())};
    }
    if (spec_.type == ModelType::Vanilla_RNN) {
      const Tensor g = torch::rnn_tanh_cell(x, h, p_.at("cell.weight_ih"), p_.at("cell.weight_hh"),
                                            p_.at("cell.bias_ih"), p_.at("cell.bias_hh"));
      return {linear(g, "readout"), g};
    }
    if (spec_.type == ModelType::DriscollRNN) {
      const Tensor u = torch::linear(h, p_.at("recW.weight"));
      const Tensor v = torch::linear(x, p_.at("inpW.weight")) + p_.at("bias") +
                       noise(NoiseKind::latent, t, spec_.H, spec_.noise_level);
      const Tensor kept = spec_.standard_leak ? h : u;
      return {linear(h, "readout"), (1 - spec_.gamma) * kept + spec_.gamma * torch::tanh(u + v)};
    }
    Tensor f = torch::cat({h, x}, 1);
    for (int k = 0; k < spec_.num_layers; ++k) {
      f = linear(f, "generator.vf_net." + std::to_string(2 * k));
      if (k + 1 < spec_.num_layers) f = torch::relu(f);
    }
    const Tensor g = h + 0.1 * f;
    return {linear(g, "readout"), g};
  }

  void begin_reach() {
    const int T = shape_of(task_).T;
    forces_ = gather(batch_, batch_.data->inputs_to_env, T, 2, like_);
    states_ = {arm_at(reach().arm, gather(batch_, batch_.data->ics, 1, 4, like_).squeeze(1))};
  }

  // A sample j of the senses; 0 is that of the reset.
  Tensor sample(int k, double delay, bool vision) const {
    const int slots = delay_slots(delay), j = std::max(k + 2 - slots, 0);
    const TorchArm& arm = states_[static_cast<std::size_t>(std::max(j - 1, 0))];
    const Tensor e = noise(NoiseKind::sensor, j, 16, 1);
    const bool own = reach().independent_sensor_noise;
    if (vision) return arm.hand + reach().vision_noise * e.narrow(1, 12, own ? 2 : 1);
    return torch::cat({arm.length, arm.velocity}, 1) +
           reach().proprioception_noise * e.narrow(1, 0, own ? 12 : 1);
  }
  Tensor observe(int k) const {
    return torch::cat({sample(k, reach().vision_delay, true), sample(k, reach().proprioception_delay, false)},
                      1);
  }

  const ModelSpec& spec_;
  const Task& task_;
  std::map<std::string, Tensor> p_;
  const Batch& batch_;
  const Noise& noise_;
  Tensor like_, forces_;
  std::vector<TorchArm> states_;
};

Tensor weights_of(const Batch& batch, const Tensor& like) {
  const Dataset& data = *batch.data;
  const std::vector<float> weights(data.weights.begin(), data.weights.end());
  return gather(batch, weights, data.shape.T, data.shape.targets, like);
}

}  // namespace

TorchCourse run(const ModelSpec& spec, const Task& task, const Layout& layout, const Tensor& flat,
                const Batch& batch, const Noise& noise) {
  return Roll(spec, task, views(layout, flat), batch, noise).run();
}

TorchLoss loss_of(const ModelSpec& spec, const Task& task, const Batch& batch, const TorchCourse& course) {
  const TaskShape s = shape_of(task);
  const Tensor targets = gather(batch, batch.data->targets, s.T, s.targets, course.controlled.detach());
  const Tensor zero = torch::zeros({}, targets.options());
  TorchLoss loss{zero, zero, zero, zero};
  const Tensor squares = (course.controlled - targets).square();
  if (const auto* reach = std::get_if<RandomTarget>(&task)) {
    if (batch.position_steps > 0)
      loss.task = reach->pos_weight * squares.narrow(1, 0, batch.position_steps).mean();
    loss.effort = reach->act_weight * course.actions.square().mean();
  } else {
    const Tensor weighted = weights_of(batch, targets) * squares;
    loss.task = std::holds_alternative<Nbff>(task) ? weighted.mean() : weighted.sum(1).mean();
  }
  if (const auto* multi = std::get_if<MultiTask>(&task); multi && multi->latent_l2_wt > 0) {
    std::vector<Tensor> of_trials;
    for (std::int64_t b = 0; b < batch.size(); ++b) {
      const auto length =
          batch.data->lengths[static_cast<std::size_t>(batch.trials[static_cast<std::size_t>(b)])];
      of_trials.push_back(course.latents[b].narrow(0, 0, length).square().sum(0));
    }
    loss.latent = multi->latent_l2_wt * torch::stack(of_trials).mean();
  }
  if (spec.has_latent_l2())
    loss.latent = loss.latent + spec.l2_wt * course.latents.flatten(1).norm(2, 1).mean();
  loss.total = loss.task + loss.effort + loss.latent;
  return loss;
}

}  // namespace tsd::ctd_task
