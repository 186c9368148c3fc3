// The map that fixed points of network and arm are searched on is the way that the network takes with its arm.
#include <cmath>

#include "families/ctd/compare/fixed_points/system.hpp"
#include "families/ctd/task/model/backend.hpp"
#include "support/catch.hpp"

namespace tsd {
namespace {

using namespace ctd_task;
using math::DenseD;

std::vector<double> numbers(const Layout& layout, std::span<const float> parameters, const char* name) {
  const Slot& slot = layout[name];
  const auto some = parameters.subspan(slot.offset, slot.size());
  return {some.begin(), some.end()};
}

DenseD matrix(const Layout& layout, std::span<const float> parameters, const char* name, int columns) {
  const auto values = numbers(layout, parameters, name);
  DenseD m(static_cast<int>(values.size()) / columns, columns);
  std::ranges::copy(values, m.data());
  return m;
}

struct Network {
  nn::CellParameters cell;
  compare::Effector effector;

  Network(const RandomTarget& reach, const ModelSpec& spec, const Layout& layout, std::span<const float> p)
      : effector{reach, matrix(layout, p, "readout.weight", spec.H), numbers(layout, p, "readout.bias")} {
    cell.weight_ih = matrix(layout, p, "cell.weight_ih", spec.I);
    cell.weight_hh = matrix(layout, p, "cell.weight_hh", spec.H);
    cell.bias_ih = numbers(layout, p, "cell.bias_ih"), cell.bias_hh = numbers(layout, p, "cell.bias_hh");
  }
};

void check_same_way(const RandomTarget& reach) {
  Split split = make_split(reach, 15, 5, true);
  Dataset& data = split.valid;
  std::ranges::fill(data.inputs_to_env, 0.0f);
  ModelSpec spec;
  spec.type = ModelType::GRU_RNN, spec.H = 7, spec.I = data.shape.network_inputs(),
  spec.O = data.shape.actions;
  const Layout layout(spec);
  TorchGenerator generator(7);
  const auto parameters = initial_parameters(spec, layout, generator);
  const auto trials = first_trials(data.N);
  Batch batch{&data, trials};
  batch.noiseless_inputs = true;
  Noise silent;
  silent.on = false;
  Rollout course;
  native_backend(spec, reach, 1)->run(parameters, batch, silent, &course);

  const Network network(reach, spec, layout, parameters);
  const compare::System system(network.cell, &network.effector);
  const auto N = static_cast<int>(data.N), T = data.shape.T, H = spec.H, I = data.shape.inputs;
  const auto ics = numbers(layout, parameters, "latent_ics");
  compare::Series latents{N, 1, H, {}}, commands{N, 1, 6, std::vector<float>(std::size_t(6 * N))};
  for (int i = 0; i < N; ++i) latents.values.insert(latents.values.end(), ics.begin(), ics.end());
  const auto begin = compare::coupled_states(network.effector, latents, {N, 1, 4, data.ics}, commands);
  DenseD z(N, system.units()), shown(N, I), next;
  std::ranges::copy(begin.values, z.data());
  const auto dynamics = system.dynamics<double>();
  nn::Dynamics<double>::Tape tape;
  for (int t = 0; t < T; ++t) {
    for (int i = 0; i < N; ++i) std::copy_n(&data.true_inputs[std::size_t((i * T + t) * I)], I, shown.row(i));
    dynamics->step(dynamics->project(shown), z, next, tape);
    std::swap(z, next);
    for (int i = 0; i < N; ++i) {
      const auto row = std::size_t(i * T + t);
      CAPTURE(t, i);
      // Single precision against double in the cell, over some tens of steps.
      for (int k = 0; k < H; ++k)
        CHECK(z(i, k) == Approx(course.latents[row * std::size_t(H) + std::size_t(k)]).margin(2e-5));
      for (int k = 0; k < 2; ++k)
        CHECK(z(i, system.hand() + k) == Approx(course.controlled[2 * row + std::size_t(k)]).margin(2e-5));
    }
  }
}

}  // namespace

TEST_CASE("coupled: network and arm as one map go the way of a noiseless roll-out", "[coupled]") {
  RandomTarget reach;
  reach.max_ep_duration = 0.5;
  check_same_way(reach);
  reach.vision_delay = 0, reach.proprioception_delay = 0.04;
  reach.arm.muscle = ctd::MuscleType::RigidTendonHillMuscleThelen;
  reach.arm.integration_method = ctd::Integration::rk4, reach.arm.n_ministeps = 2;
  check_same_way(reach);
  reach.arm.muscle = ctd::MuscleType::CompliantTendonHillMuscle, reach.arm.n_ministeps = 50;
  check_same_way(reach);
}

}  // namespace tsd
