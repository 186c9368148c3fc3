// What a model is fitted to: learning curves, or every answer of every participant (dual_stream.md 13.3).
#pragma once
#include <cstdint>
#include <vector>

#include "families/dual_stream/config.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::dual_stream {

struct Cell {
  std::size_t problem;
  int first, epochs;  // mean over these
  double error;
  double answers = 0;               // that it is the mean of; 0: not known
  std::vector<double> by_run = {};  // of a simulated run
};

struct Participant {
  std::int64_t name;
  std::size_t problem;
  std::vector<std::int32_t> item, response;  // [trial]
};

struct Observed {
  std::vector<Cell> cells;
  std::vector<Participant> participants;

  bool has_answers() const { return !participants.empty(); }
  std::size_t answers() const;  // of all participants
};

Observed observed(const Config& config, const Stimuli& stimuli);

// Participants, runs, or answers in cells drawn anew.
Observed resampled(const Observed& target, Philox& rng);

}  // namespace tsd::dual_stream
