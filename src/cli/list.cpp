// tsd list: every run below a directory, its state and progress.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "tsd/engine/lock.hpp"
#include "tsd/engine/log.hpp"
#include "tsd/engine/metrics.hpp"
#include "tsd/engine/progress.hpp"
#include "tsd/engine/run_directory.hpp"
#include "tsd/engine/table.hpp"

namespace tsd::cli {
namespace fs = std::filesystem;

namespace {

struct Entry {
  fs::path directory;
  Status status;
  std::string state;
};

// "running" with a free lock: the process is gone.
std::string state_of(const RunDirectory& run, const Status& status) {
  if (status.state == RunState::running && !is_locked(run.lock())) return "crashed";
  return std::string(name_of(status.state));
}

std::vector<Entry> find_runs(const fs::path& root) {
  if (!fs::is_directory(root)) throw MissingInput(root.string() + ": no such directory");
  std::vector<Entry> runs;
  const auto look_at = [&](const fs::path& directory) {
    const RunDirectory run{directory};
    try {
      if (const auto status = read_status(run.status()))
        runs.push_back({directory, *status, state_of(run, *status)});
    } catch (const DataError& damage) {  // of one run, no reason to hide the others
      log_warning(damage.what());
    }
  };
  look_at(root);
  for (const auto& item : fs::recursive_directory_iterator(root))
    if (item.is_directory()) look_at(item.path());
  std::sort(runs.begin(), runs.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(a.directory.parent_path(), a.status.index, a.directory) <
           std::tuple(b.directory.parent_path(), b.status.index, b.directory);
  });
  return runs;
}

Table table_of(const std::vector<Entry>& runs) {
  Table table{{"run", "family", "state", "step", "best", "wall", "updated", "message"}, {}};
  for (const auto& [directory, status, state] : runs)
    table.rows.push_back({directory.string(), status.family, state,
                          std::to_string(status.step) + "/" + std::to_string(status.total),
                          status.best_score ? shortest(*status.best_score) : "",
                          duration_text(status.wall_seconds), status.updated_utc,
                          status.message.substr(0, status.message.find('\n'))});
  return table;
}

std::string json_of(const std::vector<Entry>& runs) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [directory, status, state] : runs) {
    auto entry = nlohmann::ordered_json::parse(to_json(status));
    entry["directory"] = directory.string();
    entry["state"] = state;
    list.push_back(std::move(entry));
  }
  return list.dump(2) + "\n";
}

}  // namespace

void add_list(CLI::App& app, Context&) {
  struct Options {
    std::string directory = "results", format = "table";
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("list", "the runs below a directory: state, progress, best score");
  command->add_option("directory", options->directory, "where to look")->capture_default_str();
  command->add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->footer("Example:\n  tsd list results --format csv");
  command->callback([options] {
    const auto runs = find_runs(options->directory);
    if (options->format == "json")
      std::cout << json_of(runs);
    else
      std::cout << (options->format == "csv" ? csv(table_of(runs)) : aligned(table_of(runs)));
  });
}

}  // namespace tsd::cli
