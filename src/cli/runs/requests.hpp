// Which runs a command line asks for.
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "tsd/engine/run/request.hpp"

namespace tsd::cli {

struct RunChoice {
  std::string config, out = "results", resume = "auto", device, retry;
  std::optional<std::string> from;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> index, begin, end, until;
  std::optional<int> threads, jobs;
  bool quiet = false;
};

// The options that choose runs and their settings, the same wherever they are run.
void declare_choice(CLI::App& command, RunChoice& choice);

struct Requests {
  std::vector<RunRequest> runs;  // at least one, all of one family
  bool single = false;           // a config without a sweep
};

// Where --config asks for all configs of a folder.
std::optional<std::filesystem::path> folder_of(const std::string& config);

int threads_of_all(const RunConfig& config);  // of all jobs together

// With every mistake told. `wanted`: the family that it has to be.
Requests requests_of(const RunChoice& choice, const Family* wanted, const Context& context);

// A run that has begun needs its parent no more.
bool begins_from_parent(const RunRequest& request);
// Before anything runs.
void check_parents(const std::vector<RunRequest>& requests);

}  // namespace tsd::cli
