// The recorded network: its cell, and the courses that it takes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/ctd/compare/series.hpp"
#include "families/ctd/shared/arm/arm_config.hpp"
#include "families/ctd/shared/facts.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::compare {

using ctd::NetworkNoise;

// What the network moves, by commands readout h + readout_bias.
struct Effector {
  ctd::ArmLoop loop;
  math::DenseD readout;  // [muscle, unit]
  std::vector<double> readout_bias;
};

struct TaskNetwork {
  nn::CellParameters cell;
  std::vector<double> initial;        // state before the first step
  std::optional<NetworkNoise> noise;  // in its task; none where weights are all there is
  std::optional<Effector> effector;   // of reaches; likewise
};

// A ctd_task network: of a run directory's first network, or of a safetensors file. DataError where something
// is missing or of another shape.
TaskNetwork read_task_network(const std::string& path);

// Latents [trials, steps, units] at inputs [trials, steps, inputs]. `part` names the random streams, one of
// each trial; the threads don't show.
Series roll_out(const TaskNetwork& network, const Series& inputs, const NetworkNoise& noise,
                std::uint64_t seed, const std::string& part, int threads);

}  // namespace tsd::compare
