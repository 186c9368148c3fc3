// What a run of N-back networks holds in memory, beside the backbone and the features of its images.
#include "families/nback/config.hpp"
#include "families/nback/data/task.hpp"
#include "families/nback/model/parameters.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::nback {

std::vector<MemoryNeed> memory(const Config& c) {
  constexpr double kNumber = sizeof(float);
  double weights = 0;
  for (const Parameter& parameter : parameters(c.model_spec(1)))
    weights += static_cast<double>(count(parameter.shape));
  const double activity = 1.0 * c.batch_size * c.sequence_length * c.hidden_size * c.num_layers;
  const Asked width = {"hidden_size", double(c.hidden_size), 256};
  const double sequence =
      sizeof(Sequence) + c.sequence_length * (sizeof(std::int32_t) + sizeof(std::uint8_t));
  double validation = 0;
  for (const auto& split : c.validation) validation += c.validation_sequences(split);
  return {{"hidden_size", 7 * kNumber * weights},  // gradients, both moments, and a checkpoint
          {to_blame({width, {"batch_size", double(c.batch_size), 16}}), kNumber * activity},
          {"num_val", sequence * validation},
          {"num_train", c.cache_train_sequences ? sequence * c.num_train : 0}};
}

}  // namespace tsd::nback
