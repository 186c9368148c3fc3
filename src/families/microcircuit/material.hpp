// What all students of a run share: the samples, and the teacher with its answers (microcircuit.md 2).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "families/microcircuit/circuit.hpp"

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
  std::vector<double>
      target;  // [sample][n_N], the teacher's potential at the end of each sample; empty: none
};

Material make_material(const Config& config, std::uint64_t run_seed);

}  // namespace tsd::microcircuit
