// The N-back family's configuration. Key names are those of the published configs (nback.md 5); what is new
// is grouped.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "families/nback/analysis/config.hpp"
#include "families/nback/data/features/backbone_config.hpp"
#include "families/nback/data/stimuli/stimuli_config.hpp"
#include "families/nback/model/backend.hpp"
#include "tsd/engine/backend_choice.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/engine/schema/key_use.hpp"

namespace tsd::nback {

enum class Rng { reference, fast };
enum class HiddenEpochs { best, last, all, listed };

// What is trained: the answers of the n-back task, or the value of the property n steps back (nback.md 2.7).
enum class Mode { train, proxy };

struct Config {
  Mode mode = Mode::train;
  std::optional<std::string> init_from;
  // task
  std::vector<int> n_values = {2};
  std::vector<std::string> task_features = {"category"};
  int sequence_length = 6;
  double match_probability = 0.5;
  // data
  int num_train = 20000;
  int num_val = 200;
  std::optional<int> num_val_novel_angle, num_val_novel_identity;
  std::vector<std::string> validation = {"novel_angle", "novel_identity"};
  int batch_size = 16;
  bool cache_train_sequences = false;
  Rng rng = Rng::reference;
  StimuliConfig stimuli;
  BackboneConfig backbone;
  // model
  Cell rnn_type = Cell::gru;
  int hidden_size = 256;
  int num_layers = 1;
  double dropout = 0;
  std::vector<int> classifier_layers;
  bool with_attention = false;  // model_type: attention
  Attention attention_mode = Attention::task_only;
  std::optional<int> attention_hidden_dim;
  double attention_dropout = 0.1;
  BackendChoice backend = BackendChoice::automatic;
  // learning
  int epochs = 16;
  double lr = 3e-4, weight_decay = 1e-5;
  std::vector<int> milestones = {10, 13};
  double gamma = 0.1;
  double grad_clip = 1.0;
  double label_smoothing = 0;
  double no_action_loss_weight = 0.1;
  bool mask_trivial_steps = true;
  std::string selection_metric = "val_novel_angle_acc";
  int early_stopping_patience = 0;  // epochs; 0: off
  // results
  bool save_hidden = true;
  HiddenEpochs save_hidden_epochs = HiddenEpochs::best;
  std::vector<int> hidden_epochs;
  AnalysisConfig analysis;

  ModelSpec model_spec(int features) const;
  LossSpec loss_spec() const;               // class weights still to be counted
  UpdateSpec update_spec(int epoch) const;  // MultiStepLR; epoch counts from 1
  int levels() const;                       // n-back levels with a task input
  int validation_sequences(const std::string& split) const;
  std::vector<Property> properties() const;       // task_features, in config order
  std::vector<std::string> metric_names() const;  // what selection_metric may name, given `validation`
};

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
using NbackConfiguration = ConfigurationOf<Config, class NbackExperiment>;

// Keys that nothing reads because another one says so; told where a run begins.
std::vector<UnusedKey> switched_off(const Config& config);
// A file of the original's train_with_generalization, with its default where that is another.
std::optional<Settings> recognise(const Settings& given);

}  // namespace tsd::nback
