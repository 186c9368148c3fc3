// What all students of a run share: the samples, and the teacher with its answers (microcircuit.md 2).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "families/microcircuit/model/circuit.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::microcircuit {

struct Teacher {
  std::int64_t seed;
  State initial, final;
  // Lookahead potential of the output before each step of one pass over the samples, [step][n_N]: a step
  // late, as in the original.
  std::vector<double> potential;
};

// A teacher of this seed, settled and then shown all samples once.
Teacher simulate_teacher(const Config& config, std::int64_t seed, const std::vector<double>& input);

struct Material {
  std::vector<std::int64_t> seeds;  // of the students
  std::int64_t input_seed;
  std::vector<double> input;  // rates in [0, 1), [sample][n_0]
  std::optional<Teacher> teacher;
  // The teacher's potentials for the students, [target][n_N], each for some steps; empty: none.
  std::vector<double> target;
  std::int64_t target_steps;  // a whole presentation, as the teacher ends it, or 1
  NumpyLegacy after_input;    // the input's generator, left where its draws ended
};

Material make_material(const Config& config, std::uint64_t run_seed);

}  // namespace tsd::microcircuit
