#pragma once
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tsd/engine/accelerator.hpp"
#include "tsd/engine/failure.hpp"
#include "tsd/engine/run/checkpoint.hpp"
#include "tsd/engine/run/fork.hpp"
#include "tsd/engine/run/lock.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/run/request.hpp"
#include "tsd/engine/run/tensorboard.hpp"

namespace tsd {

// One session of a run, with the directory locked: open(), then while working() its steps with what each
// brought, unless something is thrown, after which comes fail().
class Session {
 public:
  Session(const RunRequest& request, const Accelerator& accelerator)
      : request_(request),
        config_(request.config),
        accelerator_(accelerator),
        directory_(existing(request.directory)),
        lock_(directory_.lock()),
        inputs_(digested(config_.inputs)),
        checkpoints_(directory_.checkpoints(), config_.family->name, config_.sha256, inputs_) {}

  void open();
  bool working() const { return working_; }
  std::int64_t position() const { return status_.step; }
  Experiment& experiment() const { return *experiment_; }
  const RunLog& log() const { return *log_; }
  void keep(const StepReport& report);
  std::exception_ptr fail(const std::exception_ptr& error);  // what to tell the user
  RunResult result() const;

 private:
  using Clock = std::chrono::steady_clock;

  static RunDirectory existing(const std::filesystem::path& root) {
    make_directories(root);
    return {root};
  }
  bool has_work();
  bool has_begun(const Status& before) const;
  bool has_results() const;
  void refuse_other_run(const Status& before) const;
  void build();
  void start_or_resume();
  void start();
  void start_from(Fork fork);
  void resume(const Checkpoint& checkpoint);
  bool is_due() const;  // run.until
  void leave(Exit code, const std::string& why);
  void may_stop(const std::string& where);
  void finish_at_end();
  void end(RunState state, Exit code, const std::string& message);
  void keep_row(const StepReport& report);
  void judge(const std::vector<Metric>& row);
  void save_checkpoint();
  Failure told(const std::exception_ptr& error) const;
  void save_status(RunState state, Exit code, const std::string& message);

  const RunRequest& request_;
  const RunConfig& config_;
  const Accelerator& accelerator_;
  RunDirectory directory_;
  RunLock lock_;
  std::optional<RunLog> log_;  // once there is work
  std::vector<Input> inputs_;
  Checkpoints checkpoints_;
  Status status_;
  bool working_ = false;
  double wall_before_ = 0;    // seconds of earlier sessions
  std::optional<Fork> fork_;  // what a run that begins from another begins with
  std::unique_ptr<Experiment> experiment_;
  std::optional<MetricsFile> metrics_;
  std::optional<EventFile> events_;  // TensorBoard, where asked for
  std::optional<Progress> progress_;
  std::optional<std::int64_t> saved_step_;  // of the last checkpoint
  std::optional<Unsaved> unsaved_;          // from the first step of the session to the last checkpoint
  std::optional<Stoppable> stoppable_;      // before and after
  Clock::time_point start_ = Clock::now(), checkpointed_ = start_, heartbeat_ = start_;
};

}  // namespace tsd
