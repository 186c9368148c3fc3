// What is asked of a run, and what became of it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/run/stop.hpp"

namespace tsd {

enum class Resume {
  automatic,  // go on where the run stands, or start it
  must,       // there has to be something to go on from
  never,      // refuse a directory that has a run; nothing is ever deleted
};

// The run, and which of its checkpoints: "last" or "prev".
struct ForkPoint {
  std::filesystem::path run;
  std::string checkpoint = "last";
};

struct RunRequest {
  RunConfig config;
  std::filesystem::path directory;
  std::optional<ForkPoint> from;  // begins with that state instead of a fresh one
  Resume resume = Resume::automatic;
  int threads = 1;                                          // this run's share
  double memory = std::numeric_limits<double>::infinity();  // bytes: this run's share
  bool bar = false;                                         // progress bar, else lines
  std::function<int()> stop = stop_signal;  // asked after each step; not 0: checkpoint and leave
};

struct RunResult {
  std::string label;
  std::filesystem::path directory;
  RunState state = RunState::running;
  Exit code = Exit::ok;
  std::string message;
  std::int64_t step = 0, total = 0;
  double wall_seconds = 0;  // of all sessions
  bool worked = true;       // false: there was nothing left to do
};

// <out>/<config name>[/<index>]
std::filesystem::path run_directory(const std::filesystem::path& out, const RunConfig& config);
std::string run_label(const RunConfig& config);  // "stsf", "stsf/12"

}  // namespace tsd
