// tsd list: every run below a directory, its state and progress.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "tsd/engine/run/lock.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/table.hpp"
#include "tsd/engine/utf8.hpp"

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

// Goes on past what cannot be read, and says so at the end.
class Search {
 public:
  explicit Search(const fs::path& root) {
    if (!fs::is_directory(root)) throw MissingInput(root.string() + ": no such directory");
    look_at(root);
    std::ranges::sort(runs_, {}, [](const Entry& run) {
      return std::tuple(run.directory.parent_path(), run.status.index, run.directory);
    });
  }

  const std::vector<Entry>& runs() const { return runs_; }
  void tell_unreadable() const {
    for (const auto& what : unreadable_) log_warning(what);
  }

 private:
  void look_at(const fs::path& directory) {
    std::error_code error, dangling;
    fs::directory_iterator item(directory, error);
    if (!error) look_for_run(directory);
    for (; !error && item != fs::directory_iterator(); item.increment(error))
      if (item->is_directory(dangling) && !item->is_symlink(dangling)) look_at(item->path());
    if (error) unreadable_.push_back(directory.string() + ": cannot be read: " + error.message());
  }

  void look_for_run(const fs::path& directory) {
    const RunDirectory run{directory};
    try {
      if (const auto status = read_status(run.status()))
        runs_.push_back({directory, *status, state_of(run, *status)});
    } catch (const std::exception& damage) {  // of one run, no reason to hide the others
      unreadable_.push_back(damage.what());
    }
  }

  std::vector<Entry> runs_;
  std::vector<std::string> unreadable_;
};

std::string best_of(const Status& status, bool for_people) {
  if (!status.best) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", *status.best);
  return for_people ? text : shortest(*status.best);
}

// best: the best value of the metric in the column before.
Table table_of(const std::vector<Entry>& runs, bool for_people) {
  Table table{{"run", "family", "state", "step", "metric", "best", "wall", "updated", "message"}, {}};
  for (const auto& [directory, status, state] : runs)
    table.rows.push_back({directory.string(), status.family, state,
                          std::to_string(status.step) + "/" + std::to_string(status.total), status.headline,
                          best_of(status, for_people), duration_text(status.wall_seconds), status.updated_utc,
                          status.message.substr(0, status.message.find('\n'))});
  return table;
}

std::string json_of(const std::vector<Entry>& runs) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [directory, status, state] : runs) {
    auto entry = nlohmann::ordered_json::parse(to_json(status));
    entry["directory"] = as_utf8(directory.string());
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
    const Search search(options->directory);
    if (options->format == "json")
      std::cout << json_of(search.runs());
    else if (options->format == "csv")
      std::cout << csv(table_of(search.runs(), false));
    else
      std::cout << aligned(table_of(search.runs(), true));
    search.tell_unreadable();
  });
}

}  // namespace tsd::cli
