// What a family gives the engine: facts, a configuration, and an experiment that the runner drives.
// The engine owns files, signals, checkpoints, metrics and progress; a family owns the science.
#pragma once
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/schema/schema.hpp"
#include "tsd/io/array.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {

struct Metric {
  std::string name;  // a column of metrics.csv
  double value = 0;
  std::string text = {};  // what stands there instead of the number, e.g. what the row is of
};

// What one step() brought. Most steps bring nothing but progress.
struct StepReport {
  // A finished row of metrics.csv (an epoch, a presentation); the same columns every time.
  std::vector<Metric> row;
  // Whether the row counts for the headline: not that of a reference which stands beside what is judged.
  bool is_judged = true;
  // With a row: larger is better; the weights of the best row become checkpoints/best.
  std::optional<double> score;
  // With a row: keep the weights as checkpoints/<snapshot>.safetensors too.
  std::optional<std::string> snapshot;
};

// A step's report, or what it threw.
struct StepOutcome {
  StepReport report;
  std::exception_ptr error;
};

template <class Step>
StepOutcome outcome_of(const Step& step) {
  try {
    return {step(), nullptr};
  } catch (...) {
    return {{}, std::current_exception()};
  }
}

// What a step amounts to, for people who wait: {"Euler steps", 10000}. Rates are told in these.
struct Pace {
  std::string unit;  // empty: steps
  double per_step = 1;
};

// The column of metrics.csv whose best value stands for a run, for people who compare runs.
struct Headline {
  std::string metric;  // empty: none
  bool larger_is_better = true;
};

class Experiment {
 public:
  virtual ~Experiment() = default;

  // Position and end are the runner's: step() is called until `position == total_steps()` or finished() is
  // true.
  virtual std::int64_t total_steps() const = 0;
  virtual bool finished() const { return false; }  // early end, e.g. early stopping
  virtual Pace pace() const { return {}; }
  virtual Headline headline() const { return {}; }

  // One small unit of progress (a batch: milliseconds to a second), so that a signal is answered soon.
  // NumericError (step, batch, first bad parameter) where a loss or gradient is not finite; the state is then
  // abandoned.
  virtual StepReport step() = 0;

  // Everything the next step depends on: weights, moments, every generator, permutations and cursors, running
  // sums, the history that write_results() needs. restore(state()) must change no later bit.
  virtual Arrays state() const = 0;
  virtual void restore(const Arrays& state) = 0;

  // After restore(), where a run begins with the state of another: the keys that have other values now, of
  // those that may_change(). For state that was made from such a value.
  virtual void take_over(const std::vector<std::string>& /*changed*/) {}

  // The trained quantities alone, for `best`, snapshots and `final`; PyTorch names and layouts.
  virtual Arrays weights() const { return {}; }
  // Whether those at the end are kept as checkpoints/final.
  virtual bool keeps_final() const { return false; }

  // Called once, after the last step. The writer has the root attributes and /provenance already.
  virtual void write_results(Hdf5Writer& results) = 0;

  // After the results: what of them is not finite, where that ended only a part of the experiment. The run
  // then counts as diverged.
  virtual std::optional<std::string> divergence() const { return std::nullopt; }
};

// What the runner tells an experiment about its surroundings.
struct RunContext {
  std::filesystem::path directory;  // of the run; experiments write nothing there themselves
  std::uint64_t seed = 0;
  std::string device = "cpu";  // "cpu", "cuda", "cuda:1": resolved by nn/device, `auto` included
  int threads = 1;             // this run's share
  // Reads checkpoints/<name>.safetensors of this run ("best", a snapshot); nothing if there is none.
  std::function<std::optional<Arrays>(const std::string& name)> load_weights;
};

// Memory that a run takes, and the key of the config that asks for it.
struct MemoryNeed {
  std::string key;
  double bytes = 0;  // a double: what is asked for may be beyond all integers
};

// A typed config of one family: knows its fields, its cross-field rules, and how to build the experiment.
class Configuration {
 public:
  virtual ~Configuration() = default;
  virtual void describe(Schema& schema) = 0;
  virtual void check(Problems&) const {}  // rules across fields; ranges of single fields are in the schema
  // The large things that a run holds, from below: what is counted here is surely taken.
  virtual std::vector<MemoryNeed> memory() const { return {}; }
  // Whether a run on the CPU takes the tensor library; false lets it begin without loading that.
  virtual bool needs_library() const { return true; }
  // What keeps a run on the CPU, as "version: phased": another device is refused then, and auto is the CPU.
  // Empty: nothing.
  virtual std::string cpu_alone() const { return {}; }
  virtual std::unique_ptr<Experiment> build(const RunContext& context) const = 0;
};

namespace by_config {  // what a family says of its Config, found beside it
template <class Config>
void describe_config(Schema& schema, Config& config) {
  describe(schema, config);
}
template <class Config>
void check_config(const Config& config, Problems& problems) {
  check(config, problems);
}
template <class Config>
std::vector<MemoryNeed> memory_of(const Config& config) {
  return memory(config);
}
template <class Config>
bool library_needed(const Config& config) {
  if constexpr (requires { needs_library(config); }) return needs_library(config);
  return true;
}
template <class Config>
std::string what_keeps_to_the_cpu(const Config& config) {
  if constexpr (requires { cpu_alone(config); })
    return cpu_alone(config);
  else if constexpr (requires { cpu_alone(config.backend); })
    return cpu_alone(config.backend);
  return {};
}
}  // namespace by_config

// The usual one: a struct with free functions describe(schema, config), check(config, problems) and
// memory(config) beside it (needs_library(config) where it is not always, cpu_alone(config) where more
// than `backend: native` keeps it there), and the experiment built from it.
template <class Config, class Built>
class ConfigurationOf final : public Configuration {
 public:
  void describe(Schema& schema) override { by_config::describe_config(schema, config_); }
  void check(Problems& problems) const override { by_config::check_config(config_, problems); }
  std::vector<MemoryNeed> memory() const override { return by_config::memory_of(config_); }
  bool needs_library() const override { return by_config::library_needed(config_); }
  std::string cpu_alone() const override { return by_config::what_keeps_to_the_cpu(config_); }
  std::unique_ptr<Experiment> build(const RunContext& context) const override {
    return std::make_unique<Built>(config_, context);
  }
  const Config& config() const { return config_; }

 private:
  Config config_;
};

// One documented dataset of results.h5; `path` may hold <placeholders>.
struct Output {
  std::string path, dims, units, description;

  Meaning meaning() const { return {dims, units, description}; }
};

// Of the row with this path, placeholders as in the table; std::logic_error where there is none.
Meaning meaning_of(const std::vector<Output>& outputs, const std::string& path);

// A subcommand of the family's own, e.g. one that writes its stimuli: `tsd <command> --config FILE --out
// DIR`.
struct Tool {
  std::string command;
  std::string help;
  std::string out;  // default of --out
  std::function<void(const Configuration&, const RunContext&, const std::filesystem::path& out)> run;
};

// Looks at a finished experiment and leaves <run>/<name>.h5.
struct Analysis {
  std::string name;
  std::string help;
  std::vector<Output> outputs;
  std::function<void(Experiment& finished, Hdf5Writer& results)> run;
};

// What a config gives: key.path -> YAML text in flow style.
using Settings = std::map<std::string, std::string>;

// The facts record a family opens with.
struct Family {
  std::string name;     // "nback": the value of `family:` in a config
  std::string command;  // "train-nback"
  std::string title;    // one line
  std::string paper;    // citation with DOI or arXiv number
  std::vector<std::string> tasks;
  std::vector<Analysis> analyses;
  std::vector<Output> outputs;
  std::string example;  // a config under configs/ that shows the family off
  std::vector<Tool> tools;
  std::function<std::unique_ptr<Configuration>()> make;
  // Whether a config file is one of the original program of this family: nothing if it is not, else the
  // settings that such a file leaves unsaid (none, or version: phased). Asked of files that name no family
  // and of those that name this one. Empty: there are no such.
  std::function<std::optional<Settings>(const Settings& given)> recognise;
  std::vector<std::string> labels;  // keys of files so recognised that nothing reads: told, and left out
  // One step of each of several experiments, where they are faster at once than each in a thread of its own;
  // to the same bits. One outcome each, in order. Jobs then take their steps together. Empty: they do not.
  std::function<std::vector<StepOutcome>(std::span<Experiment* const>, int threads)> step_together;
};

}  // namespace tsd
