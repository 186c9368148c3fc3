// What all students of a run share: the samples, and the teacher with its answers (microcircuit.md 2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/microcircuit/data/samples.hpp"
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
  Samples shown;                 // what they are taught
  std::optional<Samples> tests;  // what they are tested with
  std::optional<Teacher> teacher;
  std::int64_t target_steps;  // that a target is for: a whole presentation, as the teacher ends it, or 1
  NumpyLegacy after_input;    // the input's generator, left where its draws ended
};

Material make_material(const Config& config, std::uint64_t run_seed);

// "own.csv: 3 samples; targets: its classes, by class_targets": what was taken from where. Empty without own files.
std::string about_samples(const Config& config, const Material& material);

}  // namespace tsd::microcircuit
