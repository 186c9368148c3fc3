#include "cli/runs/search.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "cli/programs/slurm.hpp"
#include "tsd/engine/run/lock.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/utf8.hpp"
#include "tsd/error.hpp"

namespace tsd::cli {
namespace fs = std::filesystem;

namespace {

std::string state_of(const RunDirectory& run, const Status& status) {
  if (status.state == RunState::running && !is_locked(run.lock())) return "crashed";
  return std::string(name_of(status.state));
}

}  // namespace

Search::Search(const fs::path& root) : root_(root) {
  if (!fs::is_directory(root)) throw MissingInput(root.string() + ": no such directory");
  look_at(root);
  sort();
}

void Search::sort() {
  std::ranges::sort(runs_, {}, [](const Entry& run) {
    return std::tuple(run.directory.parent_path(), run.status.index, run.directory);
  });
}

void Search::tell_unreadable() const {
  for (const auto& what : unreadable_) log_warning(what);
}

void Search::look_at(const fs::path& directory) {
  std::error_code error, dangling;
  fs::directory_iterator item(directory, error);
  if (!error) look_for_run(directory);
  for (; !error && item != fs::directory_iterator(); item.increment(error))
    if (item->is_directory(dangling) && !item->is_symlink(dangling)) look_at(item->path());
  if (error) unreadable_.push_back(directory.string() + ": cannot be read: " + error.message());
}

void Search::look_into_queue() {
  if (!submitted_) return;
  Queue queue;
  try {
    queue = read_queue();
  } catch (const UserError& error) {  // the runs are told all the same
    log_warning(error.what());
  }
  std::map<fs::path, std::size_t> known;
  for (std::size_t i = 0; i < runs_.size(); ++i) known[fs::weakly_canonical(runs_[i].directory)] = i;
  const fs::path root = fs::weakly_canonical(root_);
  for (const QueuedTask& task : queue.tasks)
    for (const auto& directory : task.packs.directories_of(task.task)) {
      const fs::path below = directory.lexically_relative(root);
      if (below.empty() || *below.begin() == "..") continue;
      const auto [place, is_new] = known.try_emplace(directory, runs_.size());
      if (is_new) {
        Entry& run = runs_.emplace_back(Entry{root_ / below, {}, "not begun"});
        if (task.packs.sweep) run.status.index = std::stoll(directory.filename());
      }
      Entry& run = runs_[place->second];
      if (run.state != "done") run.queue = task.name() + " " + task.state;
    }
  sort();
}

void Search::look_for_run(const fs::path& directory) {
  submitted_ = submitted_ || fs::exists(directory / kScriptFolder / kArrayScript);
  const RunDirectory run{directory};
  try {
    if (const auto status = read_status(run.status()))
      runs_.push_back({directory, *status, state_of(run, *status)});
  } catch (const std::exception& damage) {  // of one run, no reason to hide the others
    unreadable_.push_back(damage.what());
  }
}

nlohmann::ordered_json json_of(const Entry& run) {
  auto json = nlohmann::ordered_json::parse(to_json(run.status));
  json["directory"] = as_utf8(run.directory.string());
  json["state"] = run.state;
  if (!run.queue.empty()) json["queue"] = run.queue;
  return json;
}

std::string json_line(const fs::path& directory, Exit code, const std::string& message) {
  std::optional<Status> status;
  try {
    status = read_status(RunDirectory{directory}.status());
  } catch (const UserError&) {
    // The message says what is wrong there.
  }
  auto json = status ? json_of({directory, *status, state_of({directory}, *status)})
                     : nlohmann::ordered_json{{"directory", as_utf8(directory.string())}};
  json["exit_code"] = static_cast<int>(code);
  json["message"] = as_utf8(message);
  return json.dump() + "\n";
}

}  // namespace tsd::cli
