// What models are compared with: a recording and, where it is given, the recorded network's cell.
#pragma once
#include <optional>

#include "families/ctd/compare/config.hpp"
#include "families/ctd/compare/series.hpp"
#include "families/ctd/compare/task_network.hpp"

namespace tsd::compare {

struct Reference {
  std::string source;                                    // the file, for messages
  std::vector<std::int64_t> train_lengths, val_lengths;  // steps that count, of each trial
  Series train_latents, val_latents;
  Series train_inputs, val_inputs;  // as the network saw them, with noise
  Series val_rates, val_spikes;     // of all neurons, held-in ones first
  Series val_targets;               // of the task; empty where the recording has none
  int heldin = 0;
  std::optional<TaskNetwork> network;

  int neurons() const { return val_rates.width; }
};

// Whole trials of a network without environment: what can be simulated again from its inputs.
bool is_whole_and_open(const Hdf5Reader& recording);

// DataError where something is missing, does not fit, or is not finite. Seed and threads: of latents that
// are simulated anew.
Reference read_reference(const ReferenceSettings& settings, std::uint64_t seed = 0, int threads = 1);

}  // namespace tsd::compare
