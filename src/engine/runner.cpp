#include "tsd/engine/runner.hpp"

#include <unistd.h>

#include <chrono>
#include <cmath>

#include "engine/config_difference.hpp"
#include "engine/results.hpp"
#include "tsd/engine/checkpoint.hpp"
#include "tsd/engine/failure.hpp"
#include "tsd/engine/lock.hpp"
#include "tsd/engine/log.hpp"
#include "tsd/engine/metrics.hpp"
#include "tsd/engine/progress.hpp"
#include "tsd/engine/provenance.hpp"
#include "tsd/engine/tensorboard.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kHeartbeat{5};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One session of a run, with the directory locked.
class Session {
 public:
  Session(const RunRequest& request, const Accelerator& accelerator)
      : request_(request),
        config_(request.config),
        accelerator_(accelerator),
        directory_{request.directory},
        checkpoints_(directory_.checkpoints(), config_.family->name, config_.sha256) {}

  // False: the run is done.
  bool open();
  RunState run();
  void fail(const std::exception_ptr& error);
  RunResult result() const;

 private:
  void refuse_other_run(const Status& before) const;
  void build();
  void start_or_resume();
  void one_step();
  void keep_row(const StepReport& report);
  void save_checkpoint();
  void save_status(RunState state, Exit code, const std::string& message);

  const RunRequest& request_;
  const RunConfig& config_;
  const Accelerator& accelerator_;
  RunDirectory directory_;
  Checkpoints checkpoints_;
  Status status_;
  double wall_before_ = 0;  // seconds of earlier sessions
  std::unique_ptr<Experiment> experiment_;
  std::optional<MetricsFile> metrics_;
  std::optional<EventFile> events_;  // TensorBoard, where asked for
  std::optional<Progress> progress_;
  Clock::time_point start_ = Clock::now(), checkpointed_ = start_, heartbeat_ = start_;
};

void Session::refuse_other_run(const Status& before) const {
  if (before.config_sha256 == config_.sha256) return;
  const auto difference = config_difference(read_text(directory_.config(), 1 << 20), config_.yaml);
  throw ConfigError(directory_.root.string() + ": holds a run of another configuration (" + difference +
                    "); undo the change, or give another --out, or remove that directory");
}

bool Session::open() {
  if (const auto before = read_status(directory_.status())) {
    refuse_other_run(*before);
    if (request_.resume == Resume::never)
      throw UsageError(directory_.root.string() + ": has a run already (" +
                       std::string(name_of(before->state)) +
                       ") and --resume never was given; choose another --out, or remove that directory");
    status_ = *before;
    wall_before_ = before->wall_seconds;
    if (before->state == RunState::done && std::filesystem::exists(directory_.results())) return false;
  } else {
    if (request_.resume == Resume::must)
      throw MissingInput(directory_.root.string() + ": no run to resume, and --resume must was given");
    status_.started_utc = utc_now();
    status_.family = config_.family->name;
    status_.config_name = config_.name;
    status_.index = config_.index;
    status_.config_sha256 = config_.sha256;
  }
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
  status_.device = device;
  status_.threads = request_.threads;
  make_directories(directory_.checkpoints());
  for (const auto& directory : {directory_.root, directory_.checkpoints()}) remove_temporaries(directory);
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
}

void Session::start_or_resume() {
  const auto checkpoint = checkpoints_.load();
  if (checkpoint) {
    experiment_->restore(checkpoint->state);
    metrics_.emplace(directory_.metrics(), checkpoint->metrics);
    status_.step = checkpoint->step;
    status_.best_score = checkpoint->best_score;
    log_info(run_label(config_) + ": going on after step " + std::to_string(status_.step) + " of " +
             std::to_string(status_.total));
  } else {
    metrics_.emplace(directory_.metrics());
    status_.step = 0;
    status_.best_score.reset();
    status_.row.clear();
    log_info(run_label(config_) + ": " + config_.family->title + ", " + std::to_string(status_.total) +
             " steps on " + status_.device + ", " + std::to_string(status_.threads) + " thread(s), in " +
             directory_.root.string());
  }
}

void Session::keep_row(const StepReport& report) {
  metrics_->append(status_.step, report.row);
  if (events_) events_->append(status_.step, report.row);
  status_.row.clear();
  for (const auto& metric : report.row) status_.row.emplace_back(metric.name, metric.value);
  if (report.snapshot)
    checkpoints_.save_weights(*report.snapshot, status_.step, report.score, experiment_->weights());
  if (report.score && std::isfinite(*report.score) &&
      *report.score > status_.best_score.value_or(-INFINITY)) {
    status_.best_score = report.score;
    checkpoints_.save_weights("best", status_.step, report.score, experiment_->weights());
    save_checkpoint();
  }
}

void Session::one_step() {
  const auto report = experiment_->step();
  ++status_.step;
  if (!report.row.empty()) keep_row(report);
  progress_->step(status_.step, report.row);
  if (seconds_since(checkpointed_) >= config_.run.checkpoint_every) save_checkpoint();
  if (Clock::now() - heartbeat_ >= kHeartbeat) save_status(RunState::running, Exit::ok, "");
}

RunState Session::run() {
  build();
  start_or_resume();
  if (config_.run.tensorboard) events_.emplace(directory_.events(), status_.step);
  progress_.emplace(run_label(config_), status_.step, status_.total, request_.bar, experiment_->pace());
  checkpointed_ = Clock::now();
  while (status_.step < status_.total && !experiment_->finished()) {
    one_step();
    if (const int signal = request_.stop()) {
      save_checkpoint();
      save_status(RunState::stopped, exit_code_of(signal),
                  "stopped by signal " + std::to_string(signal) + " after step " +
                      std::to_string(status_.step) + "; the same command goes on from there");
      return status_.state;
    }
  }
  progress_.reset();
  save_checkpoint();
  write_results(directory_.results(), "tsd-results", config_,
                {status_.device, accelerator_.library, status_.threads},
                [this](Hdf5Writer& results) { experiment_->write_results(results); });
  if (const auto divergence = experiment_->divergence()) throw NumericError(*divergence);
  save_status(RunState::done, Exit::ok, "");
  return status_.state;
}

void Session::save_checkpoint() {
  metrics_->sync();
  checkpoints_.save({status_.step, status_.best_score, metrics_->mark(), experiment_->state()});
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

void Session::fail(const std::exception_ptr& error) {
  progress_.reset();
  const auto [code, message] = failure_of(error, accelerator_);
  try {
    save_status(code == Exit::diverged ? RunState::diverged : RunState::failed, code, message);
  } catch (const UserError&) {
    // A full disk: what is thrown on says so.
  }
}

RunResult Session::result() const {
  return {run_label(config_), directory_.root, status_.state, status_.exit_code,
          status_.message,    status_.step,    status_.total, status_.wall_seconds};
}

}  // namespace

std::filesystem::path run_directory(const std::filesystem::path& out, const RunConfig& config) {
  const auto base = out / config.name;
  return config.index ? base / std::to_string(*config.index) : base;
}

std::string run_label(const RunConfig& config) {
  return config.index ? config.name + "/" + std::to_string(*config.index) : config.name;
}

RunResult run_one(const RunRequest& request, const Accelerator& accelerator) {
  const RunDirectory directory{request.directory};
  make_directories(directory.root);
  const RunLock lock(directory.lock());
  Session session(request, accelerator);
  if (!session.open()) {
    auto result = session.result();
    result.worked = false;
    return result;
  }
  RunLog log(directory.log());
  try {
    session.run();
  } catch (...) {
    session.fail(std::current_exception());
    log.note("error: " + failure_of(std::current_exception(), accelerator).message);
    throw;
  }
  const auto result = session.result();
  log.note(std::string(name_of(result.state)) + " at step " + std::to_string(result.step) + " of " +
           std::to_string(result.total) + (result.message.empty() ? "" : ": " + result.message));
  return result;
}

}  // namespace tsd
