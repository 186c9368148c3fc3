// What a run of plastic networks holds in memory.
#include "families/plastic/config.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::plastic {

std::vector<MemoryNeed> PlasticConfiguration::memory() const {
  const Config& c = config_;
  constexpr double kNumber = sizeof(float);
  const ModelSpec network = c.spec();
  const auto parameters = static_cast<double>(Layout(network).size());
  const double frames = 1.0 * c.scenes(c.R_start) * c.scene_time * c.vec_len * c.batch_size;
  const Asked runs = {"n_runs", double(c.n_runs), 1};
  return {{to_blame({{"hidden_dims", parameters, 2e4}, runs}),
           7 * kNumber * parameters * c.n_runs},  // gradients, both moments, and a checkpoint
          {to_blame({{"T_min", double(c.T_min), 100},
                     {"T_per_R", double(c.T_per_R), 20},
                     {"R_start", double(c.R_start), 1},
                     {"scene_time", double(c.scene_time), 4},
                     {"vec_len", double(c.vec_len), 25},
                     {"batch_size", double(c.batch_size), 1}}),
           kNumber * frames}};
}

}  // namespace tsd::plastic
