#include "engine/run/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/config/config_difference.hpp"
#include "engine/run/results.hpp"
#include "tsd/engine/memory.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kHeartbeat{5};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

// Of a start that failed before its first step there is nothing to lose, nor of a fork that has but its parent's.
bool Session::has_begun(const Status& before) const {
  const std::int64_t first = before.parent ? before.parent->step : 0;
  return before.step > first || checkpoints_.any() || std::filesystem::exists(directory_.results());
}

void Session::refuse_other_run(const Status& before) const {
  if (before.config_sha256 == config_.sha256)
    return refuse_changed(directory_.root.string(), before.inputs, inputs_);
  std::set<std::string> paths;  // told by what they lead to
  for (const Input& input : inputs_)
    if (std::ranges::count(before.inputs, input.key, &Input::key) > 0) paths.insert(field_of(input.key));
  const bool there = std::filesystem::exists(directory_.config());
  Schema schema;
  config_.configuration->describe(schema);
  const auto difference =
      config_difference(there ? read_text(directory_.config(), 1 << 20) : "", config_.yaml, paths, schema);
  throw ConfigError(directory_.root.string() + ": holds a run of another configuration (" + difference +
                    "); undo the change, or give another --out, or remove that directory");
}

// Whether results.h5 is there and can be read.
bool Session::has_results() const {
  if (!std::filesystem::exists(directory_.results())) return false;
  try {
    (void)Hdf5Reader(directory_.results()).text_attribute("/", "filetype");
    return true;
  } catch (const UserError& damage) {
    log_warning(std::string(damage.what()) + "; it is written anew");
    return false;
  }
}

// False: the run is done.
bool Session::has_work() {
  const auto before = read_status(directory_.status());
  const bool same = before && before->config_sha256 == config_.sha256;
  if (before && has_begun(*before)) {
    refuse_other_run(*before);
    refuse_other_parent(directory_.root.string(), before->parent, request_.from);
    if (request_.resume == Resume::never)
      throw UsageError(directory_.root.string() + ": has a run already (" +
                       std::string(name_of(before->state)) +
                       ") and --resume never was given; choose another --out, or remove that directory");
    status_ = *before;
    wall_before_ = before->wall_seconds;
    const bool has_metrics = std::filesystem::exists(directory_.metrics());
    if (before->state == RunState::done && has_metrics && has_results()) return false;
  } else {
    if (request_.resume == Resume::must && !same)
      throw MissingInput(directory_.root.string() + ": no run to resume, and --resume must was given");
    status_.started_utc = utc_now();
    status_.family = config_.family->name;
    status_.config_name = config_.name;
    status_.index = config_.index;
    status_.swept = config_.swept;
    status_.config_sha256 = config_.sha256;
  }
  status_.inputs = inputs_;
  status_.host = host_name();
  status_.pid = getpid();
  return true;
}

void Session::build() {
  const auto device = accelerator_.resolve_device(config_.run.device);
  if (status_.threads != 0 && (status_.device != device || status_.threads != request_.threads))
    log_warning("going on with device " + device + " and " + std::to_string(request_.threads) +
                " thread(s) after " + status_.device + " and " + std::to_string(status_.threads) +
                ": the last bits may differ from an uninterrupted run");
  if (!status_.processor.empty() && status_.processor != processor_features())
    log_warning("going on with a processor of other features (" + processor_features() + ") after " +
                status_.processor + ": the last bits may differ from an uninterrupted run");
  status_.device = device;
  status_.threads = request_.threads;
  status_.processor = processor_features();
  make_directories(directory_.checkpoints());
  std::string overrides;
  for (const auto& override : config_.overrides) overrides += override + "\n";
  write_atomically(directory_.config(), std::string_view(config_.yaml));
  write_atomically(directory_.overrides(), std::string_view(overrides));
  save_status(RunState::running, Exit::ok, "");
  accelerator_.set_threads(request_.threads);
  RunContext context;
  context.directory = directory_.root;
  context.seed = config_.seed;
  context.device = device;
  context.threads = request_.threads;
  context.load_weights = [this](const std::string& name) { return checkpoints_.load_weights(name); };
  experiment_ = config_.configuration->build(context);
  status_.total = experiment_->total_steps();
  status_.headline = experiment_->headline().metric;
}

void Session::start_or_resume() {
  if (const auto checkpoint = checkpoints_.load())
    resume(*checkpoint);
  else if (fork_)
    start_from(std::move(*fork_));
  else
    start();
}

void Session::resume(const Checkpoint& checkpoint) {
  restore(*experiment_, checkpoint, directory_.root);
  metrics_.emplace(directory_.metrics(), checkpoint.metrics, checkpoint.rows);
  status_.best = checkpoint.best;
  status_.step = checkpoint.step;
  saved_step_ = checkpoint.step;
  status_.best_score = checkpoint.best_score;
  log_info(run_label(config_) + ": going on after step " + std::to_string(status_.step) + " of " +
           std::to_string(status_.total));
}

void Session::start() {
  metrics_.emplace(directory_.metrics());
  status_.step = 0;
  status_.best_score.reset();
  status_.best.reset();
  status_.row.clear();
  log_info(run_label(config_) + ": " + config_.family->title + ", " + std::to_string(status_.total) +
           " steps on " + status_.device + ", " + std::to_string(status_.threads) + " thread(s), in " +
           directory_.root.string());
}

// With a checkpoint of its own at once: from there on the parent may go on, or go.
void Session::start_from(Fork fork) {
  take_over(fork, *experiment_);
  copy_weights(fork, config_.family->name, checkpoints_);
  write_atomically(directory_.metrics(), std::string_view(*fork.checkpoint.rows));
  metrics_.emplace(directory_.metrics(), fork.checkpoint.metrics, fork.checkpoint.rows);
  status_.best = fork.checkpoint.best;
  status_.best_score = fork.checkpoint.best_score;
  status_.step = fork.checkpoint.step;
  status_.row = std::move(fork.row);
  status_.parent = std::move(fork.parent);
  may_stop("before its first step");             // its parent first: whatever ends the process from here on,
  save_status(RunState::running, Exit::ok, "");  // a checkpoint alone would not tell it
  save_checkpoint();
  log_info(run_label(config_) + ": going on from " + text_of(*status_.parent) + ", to step " +
           std::to_string(status_.total) + ", in " + directory_.root.string());
}

void Session::judge(const std::vector<Metric>& row) {
  const auto [metric, larger_is_better] = experiment_->headline();
  const auto found = std::ranges::find(row, metric, &Metric::name);
  if (found == row.end() || std::isnan(found->value)) return;
  const double value = found->value, best = status_.best.value_or(value);
  status_.best = larger_is_better ? std::max(value, best) : std::min(value, best);
}

void Session::keep_row(const StepReport& report) {
  metrics_->append(status_.step, report.row);
  if (events_) events_->append(status_.step, report.row);
  status_.row.clear();
  for (const auto& metric : report.row)
    if (metric.text.empty()) status_.row.emplace_back(metric.name, metric.value);
  if (report.is_judged) judge(report.row);
  if (report.snapshot)
    checkpoints_.save_weights(*report.snapshot, status_.step, report.score, experiment_->weights());
  if (report.score && std::isfinite(*report.score) &&
      *report.score > status_.best_score.value_or(-INFINITY)) {
    status_.best_score = report.score;
    checkpoints_.save_weights("best", status_.step, report.score, experiment_->weights());
    save_checkpoint();
  }
}

// From here to may_stop() again or end(): a signal ends the process at once, with a status that says so.
void Session::may_stop(const std::string& where) {
  const auto leave = [this, where, status = status_](int signal) mutable {
    status.state = RunState::stopped;
    status.exit_code = exit_code_of(signal);
    status.message =
        "stopped by signal " + std::to_string(signal) + " " + where + "; the same command goes on from there";
    status.updated_utc = utc_now();
    status.wall_seconds = wall_before_ + seconds_since(start_);
    try {
      write_status(directory_.status(), status);
    } catch (const UserError&) {
      // The process ends; the run will be listed as crashed, and goes on as well.
    }
    log_->note(status.message);
    log_info(run_label(config_) + ": " + directory_.root.string() + ": " + status.message);
  };
  stoppable_.emplace(leave);
}

void Session::open() {
  if (!has_work()) return;
  require_memory(config_.configuration->memory(), request_.memory);
  if (request_.from && !checkpoints_.any()) fork_ = read_fork(*request_.from, config_, inputs_);
  log_.emplace(directory_.log());
  const RunLog::Scope scope(*log_);
  may_stop("before its first step");
  if (const int signal = stop_signal())
    return end(RunState::stopped, exit_code_of(signal), "stopped before its first step");
  build();
  may_stop("before its first step");
  start_or_resume();
  if (config_.run.tensorboard) events_.emplace(directory_.events(), status_.step, config_.swept);
  progress_.emplace(run_label(config_), status_.step, status_.total, request_.bar, experiment_->pace());
  checkpointed_ = Clock::now();
  working_ = true;
  if (is_due()) return leave(Exit::ok, "by run.until");
  finish_at_end();
}

// Not at the end: there the results are written.
bool Session::is_due() const {
  return config_.run.until && status_.step >= *config_.run.until && status_.step < status_.total &&
         !experiment_->finished();
}

void Session::leave(Exit code, const std::string& why) {
  if (saved_step_ != status_.step) save_checkpoint();
  end(RunState::stopped, code,
      "stopped " + why + " after step " + std::to_string(status_.step) + "; the same command " +
          (code == Exit::ok ? "without it goes on" : "goes on from there"));
}

void Session::keep(const StepReport& report) {
  const RunLog::Scope scope(*log_);
  if (!unsaved_) unsaved_.emplace();
  stoppable_.reset();
  ++status_.step;
  if (!report.row.empty()) keep_row(report);
  progress_->step(status_.step, report.row);
  if (seconds_since(checkpointed_) >= config_.run.checkpoint_every) save_checkpoint();
  if (Clock::now() - heartbeat_ >= kHeartbeat) save_status(RunState::running, Exit::ok, "");
  if (const int signal = request_.stop())
    return leave(exit_code_of(signal), "by signal " + std::to_string(signal));
  if (is_due()) return leave(Exit::ok, "by run.until");
  finish_at_end();
}

void Session::finish_at_end() {
  if (status_.step < status_.total && !experiment_->finished()) return;
  progress_.reset();
  save_checkpoint();
  if (experiment_->keeps_final() && status_.step > 0)
    checkpoints_.save_weights(kFinal, status_.step, std::nullopt, experiment_->weights());
  may_stop("with all steps done, before its results");
  unsaved_.reset();
  write_results(directory_.results(), "tsd-results", config_,
                {.device = status_.device,
                 .libtorch = accelerator_.library,
                 .threads = status_.threads,
                 .inputs = inputs_,
                 .parent = status_.parent},
                [this](Hdf5Writer& results) { experiment_->write_results(results); });
  if (const auto divergence = experiment_->divergence()) throw NumericError(*divergence);
  if (events_) events_->end(status_.step);
  checkpoints_.require_kept();
  end(RunState::done, Exit::ok, "");
}

void Session::end(RunState state, Exit code, const std::string& message) {
  working_ = false;
  progress_.reset();
  stoppable_.reset();
  save_status(state, code, message);
  log_->note(std::string(name_of(state)) + " at step " + std::to_string(status_.step) + " of " +
             std::to_string(status_.total) + (message.empty() ? "" : ": " + message));
}

void Session::save_checkpoint() {
  metrics_->sync();
  checkpoints_.save({status_.step, status_.best_score, status_.best, metrics_->mark(), metrics_->text(),
                     experiment_->state()});
  saved_step_ = status_.step;
  checkpointed_ = Clock::now();
}

void Session::save_status(RunState state, Exit code, const std::string& message) {
  status_.state = state;
  status_.exit_code = code;
  status_.message = message;
  status_.updated_utc = utc_now();
  status_.wall_seconds = wall_before_ + seconds_since(start_);
  write_status(directory_.status(), status_);
  heartbeat_ = Clock::now();
}

// Only the session knows what a run that found no memory still has.
Failure Session::told(const std::exception_ptr& error) const {
  Failure failure = failure_of(error, accelerator_);
  if (failure.code == Exit::out_of_memory)
    failure.message += saved_step_ ? "; the checkpoint of step " + std::to_string(*saved_step_) + " is intact"
                                   : "; there is no checkpoint yet";
  return failure;
}

std::exception_ptr Session::fail(const std::exception_ptr& error) {
  if (!log_) return error;  // nothing had begun
  working_ = false;
  progress_.reset();
  stoppable_.reset();
  const auto [code, message] = told(error);
  try {
    save_status(code == Exit::diverged ? RunState::diverged : RunState::failed, code, message);
  } catch (const UserError&) {
    // A full disk: what is thrown on says so.
  }
  log_->note("error: " + message);
  return code == Exit::out_of_memory ? std::make_exception_ptr(OutOfMemory(message)) : error;
}

RunResult Session::result() const {
  return {run_label(config_), directory_.root, status_.state,        status_.exit_code, status_.message,
          status_.step,       status_.total,   status_.wall_seconds, log_.has_value()};
}

}  // namespace tsd
