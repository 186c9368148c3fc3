#include "families/ctd/task/native/block.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_task {

using namespace ctd;

namespace {
constexpr int kChunkRows = 512;  // of one product over several steps
std::size_t index(int i) { return static_cast<std::size_t>(i); }
}  // namespace

NativeBlock::NativeBlock(const ModelSpec& spec, const Layout& layout, const Task& task)
    : spec_(spec),
      layout_(layout),
      shape_(shape_of(task)),
      cuts_trials_(std::holds_alternative<MultiTask>(task) && std::get<MultiTask>(task).latent_l2_wt == 0 &&
                   !spec.has_latent_l2()),
      input_noise_(dynamic_noise_of(task)),
      cell_(make_cell(spec)),
      saved_buffers_(cell_->saved().size()),
      d_buffers_(cell_->gradients().size()) {
  if (const auto* reach = std::get_if<RandomTarget>(&task)) reach_.emplace(*reach);
}

std::size_t NativeBlock::trial(const Call& call, int i) const {
  return static_cast<std::size_t>(call.batch.trials[index(rows_[index(i)])]);
}

Matrices NativeBlock::saved_at(int t) const {
  Matrices parts;
  for (const Matrix& all : saved_) parts.push_back(keeps_ ? at(all, t) : all.slice(0, active_[index(t)]));
  return parts;
}

Loss NativeBlock::run(const Call& call, std::span<const int> rows) {
  rows_ = rows;
  keeps_ = call.gradient != nullptr;
  const Parameters parameters(layout_, call.parameters.data(), call.gradient);
  cell_->bind(parameters);
  readout_ = parameters["readout.weight"], readout_bias_ = parameters["readout.bias"];
  arrange(call);
  fill_inputs(call);
  start(call);
  forward(call);
  const Loss loss = this->loss(call);
  if (keeps_) backward(call);
  if (call.rollout) keep(call);
  return loss;
}

void NativeBlock::arrange(const Call& call) {
  const int R = static_cast<int>(rows_.size());
  const bool cuts = cuts_trials_ && (!call.rollout || call.rollout->controlled_only);
  const int steps = cuts ? call.batch.data->lengths[trial(call, 0)] : shape_.T;
  active_.assign(index(steps + 1), R);
  if (cuts)
    for (int t = 0, last = R; t <= steps; ++t) {
      while (last > 0 && call.batch.data->lengths[trial(call, last - 1)] <= t) --last;
      active_[index(t)] = last;
    }
  offset_.assign(1, 0);
  for (const int rows : active_) offset_.push_back(offset_.back() + rows);
  chunks_.clear();
  for (int t = 0; t < steps; ++t) {
    if (chunks_.empty() || offset_[index(t + 1)] - offset_[index(chunks_.back().begin)] > kChunkRows)
      chunks_.push_back({t, t});
    chunks_.back().end = t + 1;
  }
  const int before_last = offset_[index(steps)];
  x_ = x_buffer_.matrix(before_last, spec_.I);
  h_ = h_buffer_.matrix(offset_.back(), spec_.H);
  g_ = g_buffer_.matrix(before_last, spec_.H);
  y_ = y_buffer_.matrix(before_last, spec_.O);
  if (keeps_) dy_ = dy_buffer_.matrix(before_last, spec_.O);
  saved_.clear();
  const auto widths = cell_->saved();
  for (std::size_t k = 0; k < widths.size(); ++k)
    saved_.push_back(saved_buffers_[k].matrix(keeps_ ? before_last : R, widths[k]));
}

// The inputs that are there beforehand; observations come in front of them, step by step.
void NativeBlock::fill_inputs(const Call& call) {
  const Dataset& data = *call.batch.data;
  const auto& inputs = call.batch.noiseless_inputs ? data.true_inputs : data.inputs;
  const auto width = static_cast<std::size_t>(shape_.inputs);
  const int I = shape_.inputs;
  const bool noisy = call.noise.on && input_noise_ > 0;
  const Matrix noise = noise_.matrix(1, Noise::padded(std::max(I, spec_.H)));
  for (int t = 0; t < T(); ++t) {
    const Matrix x = at(x_, t);
    for (int i = 0; i < x.rows; ++i) {
      float* to = x.row(i) + shape_.observations;
      std::copy_n(&inputs[(trial(call, i) * index(shape_.T) + index(t)) * width], width, to);
      if (!noisy) continue;
      call.noise.fill(NoiseKind::input, rows_[index(i)], t, I, input_noise_, noise.data);
      kernels::add(width, noise.data, to);
    }
  }
}

void NativeBlock::start(const Call& call) {
  const Matrix h = at(h_, 0);
  const float* ics =
      spec_.has_initial_state() ? call.parameters.data() + layout_["latent_ics"].offset : nullptr;
  const bool noisy = spec_.is_gru() && call.noise.on;
  const Matrix noise = noise_.matrix(1, Noise::padded(std::max(spec_.I, spec_.H)));
  for (int i = 0; i < h.rows; ++i) {
    if (ics)
      std::copy_n(ics, spec_.H, h.row(i));
    else
      std::fill_n(h.row(i), spec_.H, 0.0f);
    if (!noisy) continue;
    call.noise.fill(NoiseKind::initial, rows_[index(i)], 0, spec_.H, spec_.latent_ic_std, noise.data);
    kernels::add(index(spec_.H), noise.data, h.row(i));
  }
  if (reach_) reach_->begin(call.batch, call.noise, rows_);
}

void NativeBlock::read_out(Matrix source, Matrix y) const {
  math::multiply(source, Form::plain, readout_.value, Form::transposed, y);
  for (int i = 0; i < y.rows; ++i)
    for (int k = 0; k < y.columns; ++k) y.row(i)[k] += readout_bias_.value.data[k];
}

// The state that step t hands on: g with noise.
void NativeBlock::next_state(const Call& call, int t) {
  const Matrix g = at(g_, t), h = at(h_, t + 1);
  const double std = call.noise.on ? spec_.latent_noise() : 0;
  if (std == 0) {
    std::copy_n(g.data, h.size(), h.data);
    return;
  }
  const Matrix noise = noise_.matrix(1, Noise::padded(std::max(spec_.I, spec_.H)));
  for (int i = 0; i < h.rows; ++i) {
    call.noise.fill(NoiseKind::latent, rows_[index(i)], t, spec_.H, std, noise.data);
    kernels::add(index(spec_.H), g.row(i), noise.data, h.row(i));
  }
}

void NativeBlock::forward(const Call& call) {
  const bool old_state = spec_.type == ModelType::DriscollRNN;  // is what its readout sees
  const double projection_noise = call.noise.on ? spec_.projection_noise() : 0;
  const Matrix noise = noise_.matrix(1, Noise::padded(std::max(spec_.I, spec_.H)));
  for (const Chunk chunk : chunks_) {
    const Matrix x = at(x_, chunk), projected = projected_.matrix(x.rows, cell_->projection());
    if (!reach_) cell_->project(x, projected);
    for (int t = chunk.begin; t < chunk.end; ++t) {
      const Matrix p = projected.slice(offset_[index(t)] - offset_[index(chunk.begin)], active_[index(t)]);
      if (reach_) {
        reach_->observe(t, at(x_, t));
        cell_->project(at(x_, t), p);
      }
      if (projection_noise > 0)
        for (int i = 0; i < p.rows; ++i) {
          call.noise.fill(NoiseKind::latent, rows_[index(i)], t, p.columns, projection_noise, noise.data);
          kernels::add(index(p.columns), noise.data, p.row(i));
        }
      cell_->forward(p, at(h_, t), saved_at(t), at(g_, t));
      next_state(call, t);
      if (!reach_) continue;
      read_out(at(old_state ? h_ : g_, t), at(y_, t));
      reach_->step(t, at(y_, t));
    }
  }
  if (!reach_) read_out(old_state ? h_.slice(0, y_.rows) : g_, y_);
}

Loss NativeBlock::loss(const Call& call) {
  Loss loss = reach_ ? closed_loss(call) : Loss{open_loss(call), 0, 0};
  loss.latent = latent_loss(call);
  return loss;
}

double NativeBlock::open_loss(const Call& call) {
  const Dataset& data = *call.batch.data;
  const auto O = static_cast<std::size_t>(spec_.O);
  const float scale = static_cast<float>(2 * call.scales.task);
  double sum = 0;
  for (int t = 0; t < T(); ++t) {
    const Matrix y = at(y_, t);
    for (int i = 0; i < y.rows; ++i) {
      const std::size_t first = (trial(call, i) * index(shape_.T) + index(t)) * O;
      for (std::size_t k = 0; k < O; ++k) {
        const float weight = data.weights[first + k], error = y.row(i)[k] - data.targets[first + k];
        sum += double{weight} * error * error;
        if (keeps_) at(dy_, t).row(i)[k] = scale * weight * error;
      }
    }
  }
  return sum * call.scales.task;
}

Loss NativeBlock::closed_loss(const Call& call) {
  const Dataset& data = *call.batch.data;
  const float scale = static_cast<float>(2 * call.scales.task),
              effort_scale = static_cast<float>(2 * call.scales.effort);
  double position = 0, effort = 0;
  if (keeps_) reach_->begin_back();
  for (int t = 0; t < T(); ++t)
    for (int i = 0; i < active_[index(t)]; ++i) {
      const float* y = at(y_, t).row(i);
      for (int k = 0; k < spec_.O; ++k) {
        effort += double{y[k]} * y[k];
        if (keeps_) at(dy_, t).row(i)[k] = effort_scale * y[k];
      }
      if (t >= call.scales.position_steps) continue;
      const auto hand = reach_->hand(t, i);
      const float* goal = &data.targets[(trial(call, i) * index(shape_.T) + index(t)) * 2];
      const float ex = hand[0] - goal[0], ey = hand[1] - goal[1];
      position += double{ex} * ex + double{ey} * ey;
      if (keeps_) reach_->add_hand_gradient(t, i, scale * ex, scale * ey);
    }
  return {position * call.scales.task, effort * call.scales.effort, 0};
}

double NativeBlock::latent_loss(const Call& call) {
  const LossScales& s = call.scales;
  if (s.latent_norm == 0 && s.latent_square == 0) return 0;
  double loss = 0;
  norms_.assign(rows_.size(), 0);
  for (int i = 0; i < static_cast<int>(rows_.size()); ++i) {
    const int length = call.batch.data->lengths[trial(call, i)];
    double within = 0, all = 0;
    for (int t = 0; t < T(); ++t) {
      const double square = kernels::sum_of_squares(index(spec_.H), at(h_, t + 1).row(i));
      all += square;
      if (t < length) within += square;
    }
    norms_[index(i)] = std::sqrt(all);
    loss += s.latent_norm * norms_[index(i)] + s.latent_square * within;
  }
  return loss;
}

void NativeBlock::add_latent_gradient(const Call& call, int t, Matrix dg) const {
  const LossScales& s = call.scales;
  if (s.latent_norm == 0 && s.latent_square == 0) return;
  const Matrix h = at(h_, t + 1);
  for (int i = 0; i < dg.rows; ++i) {
    const double norm = norms_[index(i)];
    double factor = norm > 0 ? s.latent_norm / norm : 0;
    if (t < call.batch.data->lengths[trial(call, i)]) factor += 2 * s.latent_square;
    for (int k = 0; k < spec_.H; ++k) dg.row(i)[k] += static_cast<float>(factor) * h.row(i)[k];
  }
}

// One step back, where dg has the part from the outputs already (in the closed loop, it is added here).
void NativeBlock::backward_step(const Call& call, int t, const Matrices& d, Matrix dg) {
  const bool old_state = spec_.type == ModelType::DriscollRNN;
  const Matrix dy = at(dy_, t), carry = carry_.matrix(static_cast<int>(rows_.size()), spec_.H);
  if (reach_) {
    reach_->step_back(t, dy);
    if (!old_state) math::multiply(dy, Form::plain, readout_.value, Form::plain, dg);
  }
  if (old_state) std::fill_n(dg.data, dg.size(), 0.0f);
  const Matrix above = carry.slice(0, dg.rows);
  kernels::add(dg.size(), above.data, dg.data);
  add_latent_gradient(call, t, dg);
  cell_->backward(at(h_, t), saved_at(t), at(g_, t), dg, d, above);
  if (old_state) math::multiply_add(dy, Form::plain, readout_.value, Form::plain, above);
  if (!reach_) return;
  const Matrix dx = dx_.matrix(dg.rows, spec_.I);
  cell_->input_gradient(d[0], dx);
  reach_->add_observation_gradient(t, dx);
}

void NativeBlock::backward(const Call& call) {
  const bool old_state = spec_.type == ModelType::DriscollRNN;
  const auto widths = cell_->gradients();
  carry_.zeros(static_cast<int>(rows_.size()), spec_.H);
  for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk) {
    const Matrix x = at(x_, *chunk), dy = at(dy_, *chunk), dg = dg_.matrix(x.rows, spec_.H);
    Matrices d;
    for (std::size_t k = 0; k < widths.size(); ++k) d.push_back(d_buffers_[k].matrix(x.rows, widths[k]));
    if (!reach_ && !old_state) math::multiply(dy, Form::plain, readout_.value, Form::plain, dg);
    for (int t = chunk->end - 1; t >= chunk->begin; --t) {
      const int first = offset_[index(t)] - offset_[index(chunk->begin)], rows = active_[index(t)];
      Matrices of_step;
      for (const Matrix& all : d) of_step.push_back(all.slice(first, rows));
      backward_step(call, t, of_step, dg.slice(first, rows));
    }
    Matrices saved;
    for (const Matrix& all : saved_) saved.push_back(at(all, *chunk));
    cell_->accumulate(x, at(h_, *chunk), saved, d);
    math::multiply_add(dy, Form::transposed, at(old_state ? h_ : g_, *chunk), Form::plain, readout_.gradient);
    add_column_sums(dy, readout_bias_.gradient, sums_);
  }
  if (!spec_.has_initial_state()) return;
  float* d_ics = call.gradient + layout_["latent_ics"].offset;
  add_column_sums(carry_.matrix(static_cast<int>(rows_.size()), spec_.H), {d_ics, 1, spec_.H}, sums_);
}

// Into the batch's arrays, trial by trial.
void NativeBlock::keep(const Call& call) const {
  Rollout& out = *call.rollout;
  const auto put = [&](std::vector<float>& values, int t, int i, const float* from, int width) {
    const std::size_t row = static_cast<std::size_t>(rows_[index(i)]) * index(shape_.T) + index(t);
    std::copy_n(from, width, &values[row * index(width)]);
  };
  Buffer buffer;
  const Matrix seen = buffer.matrix(static_cast<int>(rows_.size()), kObservations);
  for (int t = 0; t < T(); ++t) {
    if (reach_ && !out.controlled_only) reach_->observe(t + 1, seen);
    for (int i = 0; i < active_[index(t)]; ++i) {
      if (reach_)
        put(out.controlled, t, i, reach_->hand(t, i).data(), 2);
      else
        put(out.controlled, t, i, at(y_, t).row(i), spec_.O);
      if (out.controlled_only) continue;
      put(out.actions, t, i, at(y_, t).row(i), spec_.O);
      put(out.latents, t, i, at(h_, t + 1).row(i), spec_.H);
      if (!reach_) continue;
      put(out.joints, t, i, reach_->joints(t, i).data(), 4);
      put(out.observations, t, i, seen.row(i), kObservations);
    }
  }
}

}  // namespace tsd::ctd_task
