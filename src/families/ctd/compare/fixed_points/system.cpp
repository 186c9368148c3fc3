#include "families/ctd/compare/fixed_points/system.hpp"

#include <algorithm>

#include "families/ctd/shared/arm/arm_facts.hpp"

namespace tsd::compare {

using namespace ctd;
using math::Dense, math::DenseD, math::Form;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Where things stand in a state.
struct Places {
  int H, arm_rows, vision_slots, body_slots;

  Places(int units, const ArmLoop& loop)
      : H(units),
        arm_rows(loop.arm.muscle == MuscleType::CompliantTendonHillMuscle ? kArmRows : kActive),
        vision_slots(delay_slots(loop.vision_delay)),
        body_slots(delay_slots(loop.proprioception_delay)) {}

  int arm(int row = 0) const { return H + row; }
  int seen(int k) const { return k == 0 ? arm(kHand) : arm(arm_rows) + kSeen * (k - 1); }  // k steps ago
  int felt(int k) const {
    return k == 0 ? arm(kLength) : arm(arm_rows) + kSeen * (vision_slots - 1) + kFelt * (k - 1);
  }
  int size() const { return arm(arm_rows) + kSeen * (vision_slots - 1) + kFelt * (body_slots - 1); }
};

// Of one trial in each lane.
struct Lanes {
  int stride;
  std::vector<float> state, command, force, next;

  explicit Lanes(int n)
      : stride((n + kArmLanes - 1) / kArmLanes * kArmLanes),
        state(at(kArmRows * stride)),
        command(at(kMuscles * stride)),
        force(at(2 * stride)),
        next(at(kArmRows * stride)) {}

  float* row(std::vector<float>& rows, int k) const { return &rows[at(k * stride)]; }
  void step(const ArmModel& arm) {
    arm_step(arm, stride, state.data(), command.data(), force.data(), next.data());
  }
};

template <class T>
class ClosedLoop final : public nn::StateMap<T> {
 public:
  using typename nn::StateMap<T>::Tape;

  ClosedLoop(const nn::CellParameters& cell, const Effector& effector, bool at_once)
      : cell_(nn::make_dynamics<T>(cell)),
        arm_(effector.loop.arm),
        at_once_(at_once),
        places_(cell.units(), effector.loop),
        scale_(at(places_.arm_rows), 1),
        readout_(effector.readout.rows, effector.readout.columns),
        bias_(effector.readout_bias.begin(), effector.readout_bias.end()) {
    std::ranges::transform(effector.readout.values, readout_.data(),
                           [](double x) { return static_cast<T>(x); });
    const auto constants = constants_of<double>(arm_);
    least_ = static_cast<float>(constants.least);
    for (int m = 0; m < kMuscles; ++m) scale_[at(kForce + m)] = constants.muscles[at(m)].strongest;
  }

  int units() const override { return places_.size(); }
  Dense<T> project(const Dense<T>& inputs) const override { return inputs; }

  // The tape: what the cell leaves, and behind it latents and commands.
  void step(const Dense<T>& shown, const Dense<T>& z, Dense<T>& next, Tape& tape) const override {
    const Places& p = places_;
    Dense<T> h(z.rows, p.H), u(z.rows, kObservations + shown.columns), after;
    for (int i = 0; i < z.rows; ++i) {
      std::copy_n(z.row(i), p.H, h.row(i));
      T* to = std::copy_n(z.row(i) + p.seen(p.vision_slots - 1), kSeen, u.row(i));
      to = std::copy_n(z.row(i) + p.felt(p.body_slots - 1), kFelt, to);
      std::copy_n(shown.row(shown.rows == 1 ? 0 : i), shown.columns, to);
    }
    cell_->step(cell_->project(u), h, after, tape);
    Dense<T> y = product(after, Form::plain, readout_, Form::transposed);
    for (int i = 0; i < y.rows; ++i)
      for (int m = 0; m < kMuscles; ++m) y(i, m) += bias_[at(m)];
    next.resize(z.rows, units());
    for (int i = 0; i < z.rows; ++i) {
      std::copy_n(after.row(i), p.H, next.row(i));
      for (int k = 1; k < p.vision_slots; ++k)
        std::copy_n(z.row(i) + p.seen(k - 1), kSeen, next.row(i) + p.seen(k));
      for (int k = 1; k < p.body_slots; ++k)
        std::copy_n(z.row(i) + p.felt(k - 1), kFelt, next.row(i) + p.felt(k));
    }
    Lanes lanes(z.rows);
    for (int i = 0; i < z.rows; ++i) fill(z, y, i, i, lanes);
    lanes.step(arm_);
    for (int i = 0; i < z.rows; ++i)
      for (int r = 0; r < p.arm_rows; ++r)
        next(i, p.arm(r)) = static_cast<T>(lanes.row(lanes.next, r)[i] / scale_[at(r)]);
    tape.push_back(std::move(h));
    tape.push_back(std::move(y));
  }

  Dense<T> jacobian(const Dense<T>& z, int i, const Tape& tape) const override {
    const Dense<T> all = through_cell(i, tape, true);
    Dense<T> J(units(), units());
    for (int k = 0; k < places_.H; ++k) std::copy_n(all.row(k), units(), J.row(k));
    add_arm(z, i, tape, all, true, J);
    const auto copies = [&](int from, int to, int count) {
      for (int k = 0; k < count; ++k) J(to + k, from + k) = 1;
    };
    for (int k = 1; k < places_.vision_slots; ++k) copies(places_.seen(k - 1), places_.seen(k), kSeen);
    for (int k = 1; k < places_.body_slots; ++k) copies(places_.felt(k - 1), places_.felt(k), kFelt);
    return J;
  }
  Dense<T> input_jacobian(const Dense<T>& z, int i, const Tape& tape) const override {
    const Dense<T> all = through_cell(i, tape, false);
    Dense<T> J(units(), all.columns);
    for (int k = 0; k < places_.H; ++k) std::copy_n(all.row(k), all.columns, J.row(k));
    add_arm(z, i, tape, all, false, J);
    return J;
  }

 private:
  static const Dense<T>& latents(const Tape& tape) { return tape[tape.size() - 2]; }
  static const Dense<T>& commands(const Tape& tape) { return tape.back(); }

  // State and command i into a lane.
  void fill(const Dense<T>& z, const Dense<T>& y, int i, int lane, Lanes& lanes) const {
    for (int r = 0; r < places_.arm_rows; ++r)
      lanes.row(lanes.state, r)[lane] = static_cast<float>(z(i, places_.arm(r)) * scale_[at(r)]);
    for (int m = 0; m < kMuscles; ++m) {
      const auto u = static_cast<float>(y(i, m));
      lanes.row(lanes.command, m)[lane] = u;
      if (at_once_) lanes.row(lanes.state, kActivation + m)[lane] = std::clamp(u, least_, 1.0f);
    }
  }
  bool is_set_by_command(int row) const {
    return at_once_ && row >= kActivation && row < kActivation + kMuscles;
  }

  // dh' by the state, or by what is shown.
  Dense<T> through_cell(int i, const Tape& tape, bool of_state) const {
    const Places& p = places_;
    const Dense<T> of_inputs = cell_->input_jacobian(latents(tape), i, tape);
    const int shown = of_inputs.columns - kObservations;
    Dense<T> all(p.H, of_state ? units() : shown);
    if (!of_state) {
      for (int k = 0; k < p.H; ++k) std::copy_n(of_inputs.row(k) + kObservations, shown, all.row(k));
      return all;
    }
    const Dense<T> own = cell_->jacobian(latents(tape), i, tape);
    for (int k = 0; k < p.H; ++k) {
      std::copy_n(own.row(k), p.H, all.row(k));
      std::copy_n(of_inputs.row(k), kSeen, all.row(k) + p.seen(p.vision_slots - 1));
      std::copy_n(of_inputs.row(k) + kSeen, kFelt, all.row(k) + p.felt(p.body_slots - 1));
    }
    return all;
  }

  // The arm's rows of J, by those of the latents: a lane pulls back each row, all at the same state.
  void add_arm(const Dense<T>& z, int i, const Tape& tape, const Dense<T>& of_latents, bool of_state,
               Dense<T>& J) const {
    const Dense<T> of_commands = product(readout_, Form::plain, of_latents, Form::plain);
    const int n = places_.arm_rows;
    Lanes lanes(n);
    for (int k = 0; k < lanes.stride; ++k) fill(z, commands(tape), i, k, lanes);
    lanes.step(arm_);
    std::vector<float> d_next(lanes.next.size()), d_state(lanes.next.size()), d_command(lanes.command.size());
    for (int k = 0; k < n; ++k) lanes.row(d_next, k)[k] = 1;
    arm_step_back(arm_, lanes.stride, lanes.state.data(), lanes.command.data(), lanes.force.data(),
                  lanes.next.data(), d_next.data(), d_state.data(), d_command.data());
    for (int k = 0; k < n; ++k) {
      T* row = J.row(places_.arm(k));
      for (int m = 0; m < kMuscles; ++m) {
        const float u = lanes.row(lanes.command, m)[0],
                    by_activation = lanes.row(d_state, kActivation + m)[k];
        const bool passes = at_once_ && u >= least_ && u <= 1;
        const auto slope =
            static_cast<T>((lanes.row(d_command, m)[k] + (passes ? by_activation : 0)) / scale_[at(k)]);
        for (int j = 0; j < J.columns; ++j) row[j] += slope * of_commands(m, j);
      }
      for (int r = 0; r < n && of_state; ++r)
        if (!is_set_by_command(r))
          row[places_.arm(r)] += static_cast<T>(lanes.row(d_state, r)[k] * scale_[at(r)] / scale_[at(k)]);
    }
  }

  std::unique_ptr<nn::Dynamics<T>> cell_;
  ArmModel arm_;
  bool at_once_;
  float least_ = 0;  // activation
  Places places_;
  std::vector<double> scale_;  // of the arm's rows
  Dense<T> readout_;
  std::vector<T> bias_;
};

}  // namespace

int System::units() const {
  return effector_ ? Places(cell_->units(), effector_->loop).size() : cell_->units();
}
int System::inputs() const { return cell_->inputs() - (effector_ ? kObservations : 0); }
int System::hand() const { return Places(cell_->units(), effector_->loop).arm(kHand); }

template <class T>
std::unique_ptr<nn::StateMap<T>> System::dynamics() const {
  if (effector_) return std::make_unique<ClosedLoop<T>>(*cell_, *effector_, false);
  return nn::make_dynamics<T>(*cell_);
}
template std::unique_ptr<nn::StateMap<float>> System::dynamics() const;
template std::unique_ptr<nn::StateMap<double>> System::dynamics() const;

template <class T>
std::unique_ptr<nn::StateMap<T>> System::smooth_dynamics() const {
  if (effector_) return std::make_unique<ClosedLoop<T>>(*cell_, *effector_, true);
  return nn::make_dynamics<T>(*cell_);
}
template std::unique_ptr<nn::StateMap<float>> System::smooth_dynamics() const;
template std::unique_ptr<nn::StateMap<double>> System::smooth_dynamics() const;

Series coupled_states(const Effector& effector, const Series& latents, const Series& joints,
                      const Series& commands) {
  ArmModel arm = effector.loop.arm;
  arm.integration_method = Integration::euler, arm.n_ministeps = 1;  // muscles of the posture itself
  const auto constants = constants_of<double>(arm);
  const Places p(latents.width, effector.loop);
  Series all{latents.trials, latents.steps, p.size(), {}};
  all.values.resize(at(p.size()) * static_cast<std::size_t>(all.rows()));
  constexpr int kAtOnce = 512;
  for (std::int64_t first = 0; first < all.rows(); first += kAtOnce) {
    const int n = static_cast<int>(std::min<std::int64_t>(kAtOnce, all.rows() - first));
    Lanes lanes(n);
    for (int i = 0; i < n; ++i)
      for (int r = 0; r < 4; ++r) lanes.row(lanes.state, r)[i] = joints.row(first + i)[r];
    arm_reset(arm, lanes.stride, lanes.state.data());
    for (int i = 0; i < n; ++i)
      for (int m = 0; m < kMuscles; ++m) {
        const float u = std::clamp(commands.row(first + i)[m], static_cast<float>(constants.least), 1.0f);
        lanes.row(lanes.state, kActivation + m)[i] = lanes.row(lanes.command, m)[i] = u;
      }
    lanes.step(arm);
    for (int i = 0; i < n; ++i) {
      float* z = all.values.data() + (first + i) * p.size();
      std::copy_n(latents.row(first + i), p.H, z);
      for (int r = 0; r < p.arm_rows; ++r) {
        // Compliant fibres would have moved.
        const bool steps =
            r >= kActivation && r < kHand && arm.muscle != MuscleType::CompliantTendonHillMuscle;
        z[p.arm(r)] = lanes.row(steps ? lanes.next : lanes.state, r)[i];
      }
      for (int m = 0; m < kMuscles; ++m)
        z[p.arm(kForce + m)] /= static_cast<float>(constants.muscles[at(m)].strongest);
      for (int k = 1; k < p.vision_slots; ++k) std::copy_n(z + p.seen(0), kSeen, z + p.seen(k));
      for (int k = 1; k < p.body_slots; ++k) std::copy_n(z + p.felt(0), kFelt, z + p.felt(k));
    }
  }
  return all;
}

}  // namespace tsd::compare
