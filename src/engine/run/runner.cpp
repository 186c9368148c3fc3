#include "tsd/engine/run/runner.hpp"

#include <memory>

#include "engine/run/session.hpp"

namespace tsd {
namespace {

// Sessions that take their steps together.
class Lockstep {
 public:
  Lockstep(std::vector<const RunRequest*> requests, int threads, const Accelerator& accelerator,
           bool logs_errors)
      : requests_(std::move(requests)),
        threads_(threads),
        accelerator_(accelerator),
        logs_errors_(logs_errors),
        sessions_(requests_.size()),
        outcomes_(requests_.size()) {}

  std::vector<RunOutcome> run() {
    for (std::size_t i = 0; i < requests_.size(); ++i)
      attempt(i, [&] {
        sessions_[i] = std::make_unique<Session>(*requests_[i], accelerator_);
        sessions_[i]->open();
      });
    for (auto ready = furthest_behind(); !ready.empty(); ready = furthest_behind()) {
      const auto steps = step(ready);
      for (std::size_t k = 0; k < ready.size(); ++k)
        attempt(ready[k], [&] {
          if (steps[k].error) std::rethrow_exception(steps[k].error);
          sessions_[ready[k]]->keep(steps[k].report);
        });
    }
    return std::move(outcomes_);
  }

 private:
  // Does something to session i, and closes it if that was its end.
  template <class Body>
  void attempt(std::size_t i, const Body& body) {
    std::unique_ptr<Session>& session = sessions_[i];
    try {
      body();
      if (session->working()) return;
      outcomes_[i].result = session->result();
    } catch (...) {
      outcomes_[i].error = std::current_exception();
      if (session) outcomes_[i].error = session->fail(outcomes_[i].error);
      if (logs_errors_)
        log_error(run_label(requests_[i]->config) + ": " +
                  failure_of(outcomes_[i].error, accelerator_).message);
    }
    session.reset();
  }

  std::vector<std::size_t> furthest_behind() const {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      if (!sessions_[i]) continue;
      if (!ready.empty() && sessions_[i]->position() < sessions_[ready.front()]->position()) ready.clear();
      if (ready.empty() || sessions_[i]->position() == sessions_[ready.front()]->position())
        ready.push_back(i);
    }
    return ready;
  }

  std::vector<StepOutcome> step(const std::vector<std::size_t>& ready) const {
    if (ready.size() == 1) {
      const Session& session = *sessions_[ready[0]];
      const RunLog::Scope scope(session.log());
      return {outcome_of([&] { return session.experiment().step(); })};
    }
    std::vector<Experiment*> experiments;
    for (const std::size_t i : ready) experiments.push_back(&sessions_[i]->experiment());
    try {
      return requests_.front()->config.family->step_together(experiments, threads_);
    } catch (...) {
      return std::vector<StepOutcome>(ready.size(), {{}, std::current_exception()});
    }
  }

  std::vector<const RunRequest*> requests_;
  int threads_;
  const Accelerator& accelerator_;
  bool logs_errors_;
  std::vector<std::unique_ptr<Session>> sessions_;  // null: ended
  std::vector<RunOutcome> outcomes_;
};

}  // namespace

std::vector<RunOutcome> run_together(const std::vector<const RunRequest*>& requests, int threads,
                                     const Accelerator& accelerator) {
  return Lockstep(requests, threads, accelerator, true).run();
}

RunResult run_one(const RunRequest& request, const Accelerator& accelerator) {
  const auto outcomes = Lockstep({&request}, request.threads, accelerator, false).run();
  if (outcomes[0].error) std::rethrow_exception(outcomes[0].error);
  return outcomes[0].result;
}

}  // namespace tsd
