// A circuit that is taught, with the run it belongs to.
#pragma once
#include <cstdint>
#include <vector>

#include "families/microcircuit/data/score.hpp"
#include "families/microcircuit/model/circuit.hpp"
#include "families/microcircuit/recorder.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"

namespace tsd::microcircuit {

struct Student {
  std::int64_t seed;
  NumpyLegacy generator;            // orders and noise
  std::vector<std::int64_t> order;  // of the samples in this epoch
  State initial, state;
  Recorder recorder;
  std::vector<Score> scores = {};         // of its tests
  std::vector<std::int64_t> tested = {};  // the epochs that they came after
  std::vector<double> answers = {};       // in the last of them, [sample][n_N]
  double error = 0;            // summed over the samples of the epoch: squared, at the end of each sample
  std::int64_t diverged = -1;  // stretch after which its weights were not finite; it is simulated no further

  bool finite() const { return diverged < 0; }
  std::vector<double> accuracies() const { return each_score(&Score::accuracy); }
  std::vector<double> errors() const { return each_score(&Score::error); }

 private:
  std::vector<double> each_score(double Score::*what) const {
    std::vector<double> all;
    for (const Score& score : scores) all.push_back(score.*what);
    return all;
  }
};

}  // namespace tsd::microcircuit
