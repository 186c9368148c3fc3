// What a run of task-trained networks holds in memory.
#include "families/ctd/task/config.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::ctd_task {

std::vector<MemoryNeed> memory(const Config& c) {
  constexpr double kNumber = sizeof(float);
  const ModelSpec spec = c.spec();
  const auto parameters = static_cast<double>(Layout(spec).size());
  const TaskShape shape = shape_of(c.training_task());
  const double data = 1.0 * c.data_task.n_samples * shape.T * (shape.inputs + shape.targets);
  const Asked runs = {"n_runs", double(c.n_runs), 1};
  const Asked width = spec.type == ModelType::NODE
                          ? Asked{"model.layer_hidden_size", double(spec.hidden), 128}
                          : Asked{"model.latent_size", double(spec.H), 64};
  return {{to_blame({width, runs}),
           7 * kNumber * parameters * c.n_runs},  // gradients, both moments, and a checkpoint
          {"data_task.n_samples", kNumber * data}};
}

}  // namespace tsd::ctd_task
