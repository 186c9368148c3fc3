// The runs below a directory.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tsd/engine/run/run_directory.hpp"

namespace tsd::cli {

struct Entry {
  std::filesystem::path directory;
  Status status;
  std::string state;       // "crashed": running, by status.json, and nobody holds the lock
  std::string queue = "";  // the task in a cluster's queue that has it: "17_3 RUNNING"
};

// Goes on past what cannot be read; tell_unreadable() says so.
class Search {
 public:
  explicit Search(const std::filesystem::path& root);  // MissingInput where there is no such directory

  const std::vector<Entry>& runs() const { return runs_; }  // by folder and index

  // Adds what the queue of a cluster says of them, and those that wait there and have not begun.
  void look_into_queue();
  bool submitted() const { return submitted_; }  // some were, to a cluster

  void tell_unreadable() const;

 private:
  void look_at(const std::filesystem::path& directory);
  void look_for_run(const std::filesystem::path& directory);
  void sort();

  std::filesystem::path root_;
  bool submitted_ = false;
  std::vector<Entry> runs_;
  std::vector<std::string> unreadable_;
};

// status.json with the run's directory.
nlohmann::ordered_json json_of(const Entry& run);
// The same of one run, on a line, with what became of the call; of one that left no status that and the directory.
std::string json_line(const std::filesystem::path& directory, Exit code, const std::string& message);

}  // namespace tsd::cli
