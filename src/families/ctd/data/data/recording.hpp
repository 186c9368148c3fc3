// What a model learns from: spikes of simulated or real neurons (ctd_data.md 2.1).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "families/ctd/data/config.hpp"
#include "families/ctd/data/data/sessions.hpp"

namespace tsd::ctd_data {

// Trials of one side of the split; [n, T, .] each (encod: [n, encoded steps, .]), empty where the file has none.
struct Trials {
  std::int64_t n = 0;
  std::vector<float> encod, recon;    // counts of held-in neurons, and of all, held-in ones first
  std::vector<float> inputs;          // given to the model
  std::vector<float> rates, latents;  // the truth; rates in spikes per step, D_true latents
  std::vector<float> true_inputs;     // inputs as recorded, whether the model sees them or not
  std::vector<int> lengths;           // steps of each trial; empty: unknown
  std::vector<float> seen;            // sample validation: 1 where the encoders see a held-in sample
  // Where each was in the file, which has trials of training before those of validation; empty: in order.
  std::vector<std::int64_t> places;
  // Of several sessions: each trial's, whose neurons alone are there; counts of others are missing.
  std::vector<int> session;
  std::shared_ptr<const Sessions> sessions;
};

struct Recording {
  Extents extents;
  int true_latents = 0, true_inputs = 0;  // columns
  bool padded = false;                    // steps after a trial's end don't count
  Trials train, valid;
  Trials test;                   // seen by the encoders alone, for outputs; none where the file has no such
  std::int64_t of_training = 0;  // trials that the file has for training
  std::string sha256;            // of the file
};

// Shapes and numbers are checked; MissingInput, DataError with path, dataset, expected and got.
Recording read_recording(const Config& config);

}  // namespace tsd::ctd_data
