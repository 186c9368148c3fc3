// From a YAML file to a typed, checked configuration that knows where each value came from.
//
// Layers, later ones win: struct defaults < `extends:` chain < file < sweep index < key.path=value on the
// command line. Root keys of the engine itself: family, description, extends, sweep, seed, and the group
// `run` (see RunOptions).
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"
#include "tsd/engine/run/inputs.hpp"

namespace tsd {

// The engine's own fields, the same in every config.
struct RunOptions {
  std::string device = "auto";
  int threads = 0;                // 0: all processors, shared among --jobs
  double checkpoint_every = 300;  // seconds between checkpoints; also at every best and on signals
  bool tensorboard = false;
  std::optional<std::int64_t> until;  // the step after which the run is left, to go on later
};
void describe(Schema& schema, RunOptions& options);

// An analysis of a finished run.
struct LookBack {
  std::string analysis;
  std::filesystem::path results;    // of the run
  std::vector<std::string> beside;  // other analyses that the same overrides are for
};

// One run's settings, fully resolved.
struct RunConfig {
  // Of the config: the file's stem, after its folder's name where it is one that tells nothing (smoke,
  // params, config): nback_smoke.
  std::string name;
  const Family* family = nullptr;
  std::optional<std::int64_t> index;  // of the sweep, if the config has one
  Settings swept;                     // what that index stands for
  std::uint64_t seed = 0;
  RunOptions run;
  std::shared_ptr<Configuration> configuration;
  std::string yaml;               // resolved: every field, in schema order; reads back to the same run
  std::string yaml_with_origins;  // the same with "# default | file:line | sweep index 3 | command line"
                                  // behind each value
  std::string sha256;             // of what determines the numbers: `yaml` without `run`, `description` and
                                  // the paths of inputs, whose content counts instead
  std::vector<Input> inputs;      // what the paths name, not yet read
  std::vector<std::string> overrides;  // as given
};

// A config file with its extends chain, before an index is chosen.
class ConfigFile {
 public:
  // Reads and checks structure (YAML, duplicate keys, second documents, cycles, family, sweep).
  // Problems of these make it throw ConfigError, with those of single values found on the way; problems of
  // values alone wait for resolve(), where they are told with all others. One line each: file:line:col: key:
  // what; expected ..., got ...; did you mean ...?
  // A .json file is read as YAML, except that keys beginning with _comment are skipped. `implied`: the family
  // of a file that names none; without it, the one family that recognises the file as its original program's.
  ConfigFile(const std::filesystem::path& path, std::span<const Family> families,
             const Family* implied = nullptr);
  ~ConfigFile();
  ConfigFile(ConfigFile&&) noexcept;

  const std::string& name() const;
  const Family& family() const;
  bool is_sweep() const;
  std::vector<std::int64_t> indices() const;  // in order; empty without a sweep
  // The settings index stands for, as key.path -> YAML text; and back.
  std::map<std::string, std::string> settings(std::int64_t index) const;
  std::optional<std::int64_t> index_of(const std::map<std::string, std::string>& settings) const;

  // Every problem of file, index and overrides at once as ConfigError; rules across fields are checked once
  // all single values are right. UsageError for an index that is not in the sweep, or none where there is a
  // sweep.
  // For an analysis of a finished run, inputs that it does not read count as not given, but for `yaml`; an
  // override of what neither it nor those beside it read is a problem.
  RunConfig resolve(std::optional<std::int64_t> index, const std::vector<std::string>& overrides,
                    const LookBack* back = nullptr) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// JSON Schema (draft 2020-12) of all families' configs; the same input gives the same text.
std::string json_schema(std::span<const Family> families);
// The reference table of one family's fields in Markdown.
std::string config_reference(const Family& family);

}  // namespace tsd
