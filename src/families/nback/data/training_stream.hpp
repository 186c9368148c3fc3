// Where the sequences of a run come from: one random stream that first draws the validation sets, then feeds
// training. Order of the draws (nback.md 2.5, 4.1): the training set if it is cached, the validation sets,
// one epoch of labels for the class weights, then every batch of every epoch.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "families/nback/config.hpp"
#include "families/nback/data/sequences.hpp"
#include "families/nback/data/stimuli/splits.hpp"

namespace tsd::nback {

struct ValidationSet {
  std::string name;  // "novel_angle", "novel_identity"
  std::vector<Sequence> sequences;
};

class TrainingStream {
 public:
  virtual ~TrainingStream() = default;

  virtual const std::vector<ValidationSet>& validation() const = 0;
  // Executive steps per response over one pass of the training data.
  virtual std::array<std::int64_t, kResponses> target_counts() const = 0;
  // Batches of one epoch in turn; the last may be smaller.
  virtual void next(Batch& batch) = 0;

  virtual void save(Arrays& state) const = 0;
  virtual void load(const Arrays& state) = 0;
};

std::unique_ptr<TrainingStream> make_training_stream(const Config& config, const StimulusSet& set,
                                                     const Splits& splits, std::uint64_t seed);

// w_c = total / (classes present * count_c), 0 for an absent class (nback.md 4.1).
std::array<double, kResponses> class_weights(const std::array<std::int64_t, kResponses>& counts);

// Sequences [begin, end) as one batch.
Batch batch_of(const std::vector<Sequence>& sequences, std::size_t begin, std::size_t end);

}  // namespace tsd::nback
