// What a config says about the analyses of a run (nback.md 7).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::nback {

// corrected: held-out sequences, value-sorted labels; reference: as the original computed it; paper: memory
// traces (nback.md 7.9).
enum class AnalysisMode { corrected, reference, paper };
// Which sequences are analysed together: all, those of a task, or those of a task and n.
enum class Contexts { pooled, task, task_n };
// What is shuffled for a null distribution: the held-out labels, or the labels that decoders are fitted on.
enum class NullModel { test_labels, refit };

struct AnalysisConfig {
  AnalysisMode mode = AnalysisMode::corrected;
  std::string epoch = "best";
  std::string split = "shared";
  int samples_per_task = 900;
  Contexts contexts = Contexts::task;
  std::vector<std::string> properties = {"location", "identity", "category"};
  std::vector<std::string> tasks;
  std::vector<int> n;
  std::vector<int> times;
  int time = 0;
  double test_fraction = 0.2;
  NullModel null_model = NullModel::test_labels;
  int shuffles = 200;
  int rotations = 20;
  int resamples = 500;
  int orthogonalization_resamples = 0;
  std::uint64_t seed = 42;
  // perturbation
  std::string perturbed_property = "task";
  int perturbation_time = 3;
  double perturbation_range = 4;
  int perturbation_points = 21;
  // gate suppression
  double gate_fraction = 0.25;
  // behaviour
  std::vector<int> lengths = {12};
  std::vector<int> n_beyond = {4, 5};
  int behaviour_sequences = 500;
  // similarity
  int similarity_sequences = 240;
  // comparison
  std::optional<std::string> against;
};

void describe(Schema& schema, AnalysisConfig& analysis);

}  // namespace tsd::nback
