// The files of one run, and its status.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsd/engine/run/inputs.hpp"
#include "tsd/error.hpp"

namespace tsd {

struct RunDirectory {
  std::filesystem::path root;  // results/<config name>/ or results/<config name>/<index>/

  std::filesystem::path config() const { return root / "config.yaml"; }       // resolved
  std::filesystem::path overrides() const { return root / "overrides.txt"; }  // one per line, as given
  std::filesystem::path status() const { return root / "status.json"; }
  std::filesystem::path log() const { return root / "run.log"; }
  std::filesystem::path metrics() const { return root / "metrics.csv"; }
  std::filesystem::path events() const { return root / "events.out.tfevents.tsd"; }  // with run.tensorboard
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path results() const { return root / "results.h5"; }
  std::filesystem::path lock() const { return root / ".lock"; }
};

// With its parents; CannotCreate with path and reason.
void make_directories(const std::filesystem::path& directory);

// IoError with the remedy where nothing can be written there.
void refuse_read_only(const std::filesystem::path& directory, const std::string& remedy);

enum class RunState { running, done, stopped, failed, diverged };
std::string_view name_of(RunState state);

// What a run began from: the whole state of another one, under settings of its own.
struct Parent {
  struct Change {
    std::string key, before, now;  // as YAML text; of an input, the digest of its content
  };
  std::string directory;          // absolute
  std::string checkpoint;         // "last" or "prev"
  std::string checkpoint_sha256;  // of the file
  std::string config_sha256;
  std::int64_t step = 0;  // steps done
  std::vector<Change> changed;
};

// status.json: replaced by rename, also every few seconds as a heartbeat. "running" with a free lock means
// crashed.
struct Status {
  RunState state = RunState::running;
  std::string family, config_name;
  std::optional<std::int64_t> index;         // of a sweep
  std::map<std::string, std::string> swept;  // what it stands for, as YAML text; empty in older files
  std::string config_sha256;
  std::vector<Input> inputs;  // as they were when the run began
  std::optional<Parent> parent;
  std::int64_t step = 0, total = 0;
  std::optional<double> best_score;                 // that checkpoints/best stands for
  std::string headline;                             // the metric that the run is judged by; empty: none
  std::optional<double> best;                       // its best value
  std::vector<std::pair<std::string, double>> row;  // the latest of metrics.csv
  std::string started_utc, updated_utc;             // of the first session; of the heartbeat
  double wall_seconds = 0;                          // of all sessions
  std::string host;
  int pid = 0;
  std::string device;
  std::string processor;  // its features; empty in files of older versions
  int threads = 0;
  Exit exit_code = Exit::ok;
  std::string message;
};

void write_status(const std::filesystem::path& file, const Status& status);
// Nothing where there is no such file; DataError where it cannot be understood.
std::optional<Status> read_status(const std::filesystem::path& file);
std::string to_json(const Status& status);

}  // namespace tsd
