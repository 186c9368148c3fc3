// What models are compared with: a recording and, where it is given, the recorded network's cell.
#pragma once
#include <optional>

#include "families/compare/config.hpp"
#include "families/compare/series.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::compare {

struct Reference {
  std::string source;                                    // the file, for messages
  std::vector<std::int64_t> train_lengths, val_lengths;  // steps that count, of each trial
  Series train_latents, val_latents;
  Series train_inputs, val_inputs;  // as the network saw them, with noise
  Series val_rates, val_spikes;     // of all neurons, held-in ones first
  Series val_targets;               // of the task; empty where the recording has none
  int heldin = 0;
  std::optional<nn::CellParameters> cell;

  int neurons() const { return val_rates.width; }
};

// DataError where something is missing, does not fit, or is not finite.
Reference read_reference(const ReferenceSettings& settings);

// The cell of a ctd_task network: of a run directory's first network, or of a safetensors file.
nn::CellParameters read_task_cell(const std::string& path);

}  // namespace tsd::compare
