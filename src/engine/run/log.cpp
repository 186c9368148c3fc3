#include "tsd/engine/run/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <mutex>

#include "engine/config/text.hpp"
#include "tsd/engine/utf8.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

std::shared_ptr<spdlog::logger> make_terminal() {
  auto logger = std::make_shared<spdlog::logger>("tsd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

// Messages and the status line share stderr.
struct Terminal {
  std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger = make_terminal();
  std::string status_line;

  void clear_line() { std::fputs("\r\x1b[K", stderr); }
  void draw_line() {
    std::fputs(status_line.c_str(), stderr);
    std::fflush(stderr);
  }
};

Terminal& terminal() {
  static Terminal instance;
  return instance;
}

thread_local std::shared_ptr<spdlog::logger> run_logger;

// Files may say anything, and messages tell what they say.
void log(spdlog::level::level_enum level, const char* prefix, const std::string& raw) {
  const std::string message = printable(raw);
  if (run_logger) run_logger->log(level, message);
  auto& t = terminal();
  const std::lock_guard guard(t.mutex);
  if (!t.logger->should_log(level)) return;
  if (!t.status_line.empty()) t.clear_line();
  t.logger->log(level, prefix + message);
  if (!t.status_line.empty()) t.draw_line();
}

}  // namespace

void log_info(const std::string& message) { log(spdlog::level::info, "", message); }
void log_warning(const std::string& message) { log(spdlog::level::warn, "warning: ", message); }
void log_error(const std::string& message) { log(spdlog::level::err, "error: ", message); }

void log_unread(const std::string& file, const std::vector<std::string>& names) {
  if (!names.empty()) log_info(file + ": not read: " + config::joined(names, ", "));
}

void set_quiet(bool quiet) {
  terminal().logger->set_level(quiet ? spdlog::level::warn : spdlog::level::info);
}

void show_status_line(const std::string& text) {
  auto& t = terminal();
  const std::lock_guard guard(t.mutex);
  if (text.empty() && t.status_line.empty()) return;
  t.clear_line();
  t.status_line = text;
  t.draw_line();
}

struct RunLog::Impl {
  std::shared_ptr<spdlog::logger> logger;
};

RunLog::RunLog(const std::filesystem::path& file) : impl_(std::make_unique<Impl>()) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
    impl_->logger = std::make_shared<spdlog::logger>("run", std::move(sink));
  } catch (const spdlog::spdlog_ex& e) {
    throw CannotCreate(file.string() + ": " + e.what());
  }
  impl_->logger->set_pattern("%Y-%m-%dT%H:%M:%SZ %l: %v",
                             spdlog::pattern_time_type::utc);  // as in status.json
  impl_->logger->flush_on(spdlog::level::trace);
  impl_->logger->set_error_handler(
      [](const std::string&) {});  // a full disk is reported by the writes that matter
}

RunLog::~RunLog() = default;

RunLog::Scope::Scope(const RunLog& log)
    : outer_(std::make_unique<Impl>(Impl{std::exchange(run_logger, log.impl_->logger)})) {}

RunLog::Scope::~Scope() { run_logger = std::move(outer_->logger); }

void RunLog::note(const std::string& message) { impl_->logger->info(printable(message)); }

}  // namespace tsd
