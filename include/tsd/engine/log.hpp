// Logging. The only source that includes spdlog is src/engine/log.cpp (its fmt and LibTorch's must not meet).
#pragma once
#include <filesystem>
#include <memory>
#include <string>

namespace tsd {

// To stderr, and to the run.log of the run that the calling thread drives.
void log_info(const std::string& message);
void log_warning(const std::string& message);
void log_error(const std::string& message);

// While it lives, the calling thread's messages also go to `file` (appended, flushed at each line).
class RunLog {
 public:
  explicit RunLog(const std::filesystem::path& file);
  ~RunLog();

  void note(const std::string& message);  // to the file only

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void set_quiet(bool quiet);  // stderr shows warnings and errors only

// The last line of the terminal, rewritten in place and kept below the messages; empty: none.
void show_status_line(const std::string& text);

}  // namespace tsd
