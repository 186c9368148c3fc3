#include "families/plastic/analysis/matrices.hpp"

#include <algorithm>
#include <cmath>

#include "families/plastic/analysis/models.hpp"
#include "families/plastic/scalars.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::plastic {

namespace {

const std::vector<Output> kOutputs = {
    {"/runs/<seed>/<model>/<matrix>/values", "row,column", "", "the matrix"},
    {"/runs/<seed>/<model>/<matrix>/U", "row,mode", "", "left singular vectors"},
    {"/runs/<seed>/<model>/<matrix>/S", "mode", "", "singular values, falling"},
    {"/runs/<seed>/<model>/<matrix>/Vt", "mode,column", "", "right singular vectors, as rows"},
};

void write(Hdf5Writer& results, const std::string& group, const Slot& slot,
           std::span<const float> parameters) {
  if (slot.shape.empty()) return;  // one rate for all
  const auto values = parameters.subspan(slot.offset, slot.size());
  math::DenseD matrix(static_cast<int>(slot.shape[0]), static_cast<int>(slot.shape[1]));
  std::ranges::copy(values, matrix.values.begin());
  const math::Svd found = math::svd(matrix);
  const auto modes = static_cast<std::int64_t>(found.s.size());
  const Spread entries = spread(values);
  const double reach = 2 * std::sqrt(entries.variance);
  const auto dataset = [&]<class T>(std::size_t output, const char* name, std::span<const T> data,
                                    const Shape& shape) {
    results.dataset<T>(group + "/" + name, data, shape, kOutputs[output].meaning());
  };
  dataset(0, "values", values, slot.shape);
  dataset(1, "U", std::span<const double>(found.u.values), {slot.shape[0], modes});
  dataset(2, "S", std::span<const double>(found.s), {modes});
  dataset(3, "Vt", std::span<const double>(found.vt.values), {modes, slot.shape[1]});
  results.attribute(group + "/values", "clip_low", entries.mean - reach);
  results.attribute(group + "/values", "clip_high", entries.mean + reach);
}

void run(Experiment& finished, Hdf5Writer& results) {
  for (const Model& model : models_of(static_cast<PlasticExperiment&>(finished))) {
    const Layout& layout = model.learner->layout();
    const auto write_list = [&](const char* name, const std::vector<Slot>& slots) {
      for (std::size_t i = 0; i < slots.size(); ++i)
        write(results, model.group() + "/" + name + std::to_string(i + 1), slots[i], model.parameters);
    };
    write_list("W_", layout.weight);
    write_list("eta_", layout.eta);
    write(results, model.group() + "/w_final", layout.w_final, model.parameters);
    results.attribute(model.group(), "R", std::int64_t{model.R});
  }
}

}  // namespace

Analysis matrices() {
  return {"matrices", "static weights, learning rates and readout of every model, with singular values",
          kOutputs, run};
}

}  // namespace tsd::plastic
