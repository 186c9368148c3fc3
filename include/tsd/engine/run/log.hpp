// Logging. The only source that includes spdlog is src/engine/run/log.cpp (its fmt and LibTorch's must not meet).
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tsd {

// To stderr, and to the run.log of the run that the calling thread is at work on.
void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);
// Of what a file has and nothing reads, one line: "items.csv: not read: age, sex"; nothing for none.
void log_unread(const std::string& file, const std::vector<std::string>& names);

// A run.log: appended to, flushed at each line.
class RunLog {
  struct Impl;

 public:
  explicit RunLog(const std::filesystem::path& file);
  ~RunLog();

  void note(const std::string& message);  // to the file only

  // While it lives, the calling thread's messages also go to `log`.
  class Scope {
   public:
    explicit Scope(const RunLog& log);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::unique_ptr<Impl> outer_;
  };

 private:
  std::unique_ptr<Impl> impl_;
};

void set_quiet(bool quiet);  // stderr shows warnings and errors only

// The last line of the terminal, rewritten in place and kept below the messages; empty: none.
void show_status_line(const std::string& text);

}  // namespace tsd
