#include "families/ctd/task/experiment.hpp"

#include <algorithm>

#include "families/ctd/shared/arm/arm.hpp"
#include "tsd/engine/learners.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::ctd_task {

using namespace ctd;

std::unique_ptr<Backend> make_backend(const Config& config, const Task& task, const std::string& device,
                                      int threads) {
  return runs_native(config.backend, device) ? native_backend(config.spec(), task, threads)
                                             : torch_backend(config.spec(), task, device);
}

namespace {

// Of an update of one network: forward, and the gradients of weights and states.
double update_multiply_adds(const Config& config) {
  return 3.0 * static_cast<double>(config.train.batch_size) * shape_of(config.training_task()).T *
         static_cast<double>(Layout(config.spec()).size());
}

// The sample made at a step counts as one of the delay's (ctd_task.md Q2).
std::string effective(double delay) { return number_text((delay_slots(delay) - 1) * kArmStep * 1e3) + " ms"; }

}  // namespace

CtdTaskExperiment::CtdTaskExperiment(const Config& config, const RunContext& context)
    : config_(config), context_(context) {
  warn_about(of_other_tasks(config_));
  if (config_.task == TaskName::RandomTarget)
    log_info("delays in effect: vision " + effective(config_.random_target.vision_delay) +
             ", proprioception " + effective(config_.random_target.proprioception_delay) +
             ", and a step for muscle states");
  const int inside = threads_for(update_multiply_adds(config_), context.threads / config_.n_runs);
  learners_.reserve(static_cast<std::size_t>(config_.n_runs));
  for (int k = 0; k < config_.n_runs; ++k)
    learners_.emplace_back(config_, context.seed + static_cast<std::uint64_t>(k),
                           make_backend(config_, config_.training_task(), context.device, inside));
  for (const Learner& learner : learners_)
    updates_per_epoch_ = std::max(updates_per_epoch_, learner.updates_per_epoch());
}

int CtdTaskExperiment::threads_outside() const {
  return threads_for(config_.n_runs * update_multiply_adds(config_),
                     std::min(context_.threads, config_.n_runs));
}

StepReport CtdTaskExperiment::step() {
  parallel_for(learners_.size(), threads_outside(), [&](std::size_t k) { learners_[k].update(); });
  return ++step_ % updates_per_epoch_ == 0 ? end_epoch() : StepReport();
}

// The row has the means over networks.
StepReport CtdTaskExperiment::end_epoch() {
  parallel_for(learners_.size(), threads_outside(), [&](std::size_t k) { learners_[k].end_epoch(); });
  const auto epoch = static_cast<std::int64_t>(learners_[0].history().size()) - 1;
  StepReport report;
  report.row = {{"epoch", static_cast<double>(epoch)}};
  for (const Learner& learner : learners_) {
    const Epoch& e = learner.history().back();
    std::vector<Metric> row;
    train::add_row(kEpochs, e, 0, row);
    train::add_row(kScores, e.scores, flags_of(config_.training_task()), row);
    report.row.resize(1 + row.size());
    for (std::size_t k = 0; k < row.size(); ++k) {
      report.row[k + 1].name = row[k].name;
      report.row[k + 1].value += row[k].value / static_cast<double>(learners_.size());
    }
  }
  if (learners_.size() == 1 && learners_[0].best_epoch() == epoch)
    report.score = -learners_[0].history().back().valid_loss;
  return report;
}

Arrays CtdTaskExperiment::state() const {
  Arrays all = states_of(learners_);
  all.push_back(make_scalar("step", step_));
  return all;
}

void CtdTaskExperiment::restore(const Arrays& state) {
  step_ = scalar<std::int64_t>(state, "step");
  for (Learner& learner : learners_) learner.restore(state, "runs/" + std::to_string(learner.seed()) + "/");
}

Arrays CtdTaskExperiment::weights() const { return weights_of(learners_); }

}  // namespace tsd::ctd_task
