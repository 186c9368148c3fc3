// Models that were fitted to the reference's recording.
#pragma once
#include <optional>

#include "families/ctd/compare/reference.hpp"

namespace tsd::compare {

struct Model {
  std::string name, group, file;
  std::optional<nn::CellParameters> cell;  // none: an external model, known by its outputs alone
  bool of_tsd = false;                     // results of a run, whose rates are in spikes per step
  int units = 0;                           // of its latents
  int inferred_inputs = 0;                 // of a controller
  int external_inputs = 0;                 // supplied ones; of external models, those of the recording
};

struct ModelData {
  Series train_rates, val_rates, train_latents, val_latents;
  Series train_inferred, val_inferred;  // empty without a controller
};

// Which outputs of a model.
enum class Evaluation { plain, dropout };

// Finds the files, and reads what tells whether they can be compared. DataError or MissingInput, one line:
// missing datasets, trials, steps or neurons other than the recording's, names that are not distinct.
std::vector<Model> find_models(const ModelSettings& settings, const Reference& reference,
                               EvalDropout dropout = EvalDropout::none);

// With dropout: of models that have none, their outputs; DataError where one of ctd_data lacks them.
ModelData read_model(const Model& model, const Reference& reference, Evaluation which = Evaluation::plain);
// Latents alone: of training and validation trials.
ModelData read_latents(const Model& model, const Reference& reference);

}  // namespace tsd::compare
