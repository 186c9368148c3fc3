#include "tsd/engine/run/run_many.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "tsd/engine/failure.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/table.hpp"

namespace tsd {
namespace {

bool nothing_can_be_written(Exit code) { return code == Exit::io || code == Exit::cannot_create; }

RunResult failed(const RunRequest& request, RunState state, Exit code, const std::string& message) {
  RunResult result;
  result.label = run_label(request.config);
  result.directory = request.directory;
  result.state = state;
  result.code = code;
  result.message = message;
  return result;
}

// A run that failed before is not tried again unasked: with the same seed it fails the same way. One that
// failed before its first step is: its inputs may be there now.
bool fails_again(const Status& status) {
  if (status.state != RunState::failed && status.state != RunState::diverged) return false;
  if (status.state == RunState::failed && status.step == 0) return false;
  return !nothing_can_be_written(status.exit_code);
}

// Nothing of what can't be read: the run will say so.
std::optional<Status> known_status(const RunRequest& request) {
  try {
    return read_status(RunDirectory{request.directory}.status());
  } catch (const UserError&) {
    return std::nullopt;
  }
}

void note_progress(const Status& status, RunResult& result) {
  result.step = status.step;
  result.total = status.total;
  result.wall_seconds = status.wall_seconds;
}

std::optional<RunResult> earlier_failure(const RunRequest& request) {
  const auto status = known_status(request);
  if (!status || status->config_sha256 != request.config.sha256 || !fails_again(*status)) return std::nullopt;
  auto result = failed(request, status->state, status->exit_code,
                       "before: " + status->message + " (--retry failed tries again)");
  note_progress(*status, result);
  result.worked = false;
  return result;
}

RunResult result_of(const RunRequest& request, const RunOutcome& outcome, const Accelerator& accelerator) {
  if (!outcome.error) return outcome.result;
  const auto [code, message] = failure_of(outcome.error, accelerator);
  const auto state = code == Exit::diverged  ? RunState::diverged
                     : code == Exit::stopped ? RunState::running  // by another process
                                             : RunState::failed;
  RunResult result = failed(request, state, code, message);
  const auto status = known_status(request);
  if (status && status->config_sha256 == request.config.sha256) note_progress(*status, result);
  return result;
}

// All at once.
std::vector<RunResult> attempt(std::span<const RunRequest> requests, const ManyOptions& options,
                               const Accelerator& accelerator) {
  std::vector<RunResult> results(requests.size());
  std::vector<const RunRequest*> tried;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto before = options.retry_failed ? std::nullopt : earlier_failure(requests[i]);
    if (before)
      results[i] = *before;
    else
      tried.push_back(&requests[i]);
  }
  const auto outcomes = run_together(tried, options.threads, accelerator);
  for (std::size_t k = 0; k < tried.size(); ++k)
    results[static_cast<std::size_t>(tried[k] - requests.data())] =
        result_of(*tried[k], outcomes[k], accelerator);
  return results;
}

}  // namespace

Remaining remaining(const RunRequest& request) {
  const auto status = read_status(RunDirectory{request.directory}.status());
  if (!status) return Remaining::work;
  const bool same = status->config_sha256 == request.config.sha256;
  if (!same && status->step > 0)
    throw ConfigError(request.directory.string() +
                      ": holds a run of another configuration; undo the change, or give another --out, or "
                      "remove that directory");
  if (!same) return Remaining::work;
  if (status->state == RunState::done) return Remaining::nothing;
  return fails_again(*status) ? Remaining::failure : Remaining::work;
}

std::vector<RunResult> run_many(const std::vector<RunRequest>& requests, const ManyOptions& options,
                                const Accelerator& accelerator) {
  const auto jobs = static_cast<std::size_t>(std::max(1, options.jobs));
  const bool together = !requests.empty() && requests.front().config.family->step_together;
  const std::size_t at_once = together ? jobs : 1;
  std::vector<RunResult> results(requests.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> give_up{false};
  const auto work = [&] {
    for (std::size_t first; (first = next.fetch_add(at_once)) < requests.size();) {
      const auto some = std::span(requests).subspan(first, std::min(at_once, requests.size() - first));
      if (const int signal = some.front().stop(); signal || give_up) {
        for (std::size_t i = 0; i < some.size(); ++i)
          results[first + i] =
              failed(some[i], RunState::stopped, signal ? exit_code_of(signal) : Exit::io, "not begun");
        continue;
      }
      const auto ended = attempt(some, options, accelerator);
      std::ranges::copy(ended, results.begin() + static_cast<std::ptrdiff_t>(first));
      for (const RunResult& result : ended)
        if (nothing_can_be_written(result.code) && result.worked) give_up = true;
    }
  };
  std::vector<std::jthread> workers;
  for (std::size_t job = 0; job < (together ? 1 : std::min(jobs, requests.size())); ++job)
    workers.emplace_back(work);
  workers.clear();  // joins
  return results;
}

Exit worst(const std::vector<RunResult>& results) {
  // From mild to grave. Another process's run and a stop come after single failures, so that a queue tries
  // again.
  constexpr std::array order = {
      Exit::ok,     Exit::diverged, Exit::out_of_memory, Exit::data,        Exit::missing_input, Exit::usage,
      Exit::config, Exit::bug,      Exit::stopped,       Exit::interrupted, Exit::cannot_create, Exit::io};
  const auto rank = [&](Exit code) { return std::find(order.begin(), order.end(), code) - order.begin(); };
  Exit code = Exit::ok;
  for (const auto& result : results)
    if (rank(result.code) > rank(code)) code = result.code;
  return code;
}

std::string summary_table(const std::vector<RunResult>& results) {
  Table table{{"run", "state", "step", "wall", "message"}, {}};
  for (const auto& r : results)
    table.rows.push_back({r.label, std::string(name_of(r.state)) + (r.worked ? "" : " before"),
                          std::to_string(r.step) + "/" + std::to_string(r.total),
                          duration_text(r.wall_seconds), r.message.substr(0, r.message.find('\n'))});
  return aligned(table);
}

}  // namespace tsd
