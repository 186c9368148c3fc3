// What a config of layered networks says (layered.md 6).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/layered/data/images.hpp"
#include "families/layered/model/spec.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/engine/schema/key_use.hpp"

namespace tsd::layered {

enum class Task { autoencoder, classification };
enum class Rng { reference, fast };

// Noise and filters with which PAL learns backward weights; a list has a number for each layer, or one for all.
struct Pal {
  std::vector<double> bw_lr_factors = {1}, lambda = {1e-4}, sigma = {0.01};
  double tau_xi = 10, tau_HP = 10, tau_LO = 0;  // time steps
};

struct Evaluation {
  std::vector<std::string> before = {"test"}, after = {"test"}, end = {"test"};
  std::vector<int> epochs;  // after which; empty: all
  bool noise = true;
  std::optional<int> readout;  // layer
};

struct Config {
  Task task = Task::autoencoder;
  Rule rule = Rule::PAL;
  std::vector<int> input = {1, 28, 28};  // channels, rows, columns
  std::vector<std::string> layers = {"dense", "dense", "dense", "dense"};
  std::vector<int> units = {200, 2, 200, 784};
  std::vector<std::string> activation = {"tanh", "linear", "tanh", "linear"};
  int kernel = 5;
  Loss loss = Loss::rate;
  bool inject_error = false;
  double beta = 0.1;

  int epochs = 10, batch_size = 32, n_updates = 100;
  double lr = 8;
  std::vector<double> lr_factors = {0.01};
  Rng rng = Rng::reference;
  Pal pal;
  Evaluation evaluation;
  Data data;

  ModelSpec spec() const;
  Extent input_extent() const { return {input[0], input[1], input[2]}; }
  // Labels are below.
  std::int64_t classes() const { return task == Task::classification ? units.back() : 256; }
  bool reads_labels() const { return task == Task::classification || evaluation.readout; }
  bool evaluates_after(int epoch) const;
};

// What a config says in vain, each with the reason.
std::vector<UnusedKey> without_effect(const Config& config);

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
using LayeredConfiguration = ConfigurationOf<Config, class LayeredExperiment>;

}  // namespace tsd::layered
