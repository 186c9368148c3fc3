#include "families/plastic/experiment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "tsd/engine/learners.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::plastic {

namespace {

void warn(const Config& c) {
  const bool nonlinear = c.network_type == NetworkType::Nonl_RO;
  if (nonlinear && (c.plastic_types.size() > 1 || c.hetero_rates.size() > 1))
    log_warning("plastic_types, hetero_rates: Nonl_RO has one plastic layer; further values are not used");
  if ((nonlinear || c.network_type == NetworkType::Stack) && !c.strict &&
      std::ranges::count(c.hetero_rates, 0.5) > 0)
    log_warning(
        "hetero_rates: 0.5 is one rate for all here, as in the original; strict: true makes it one per "
        "neuron");
  if (c.trivial(c.R_start))
    log_warning("acc_threshold: a network that calls every scene novel reaches " +
                number_text(c.acc_threshold) + ": expected more than its accuracy, " +
                number_text(c.chance_at(c.R_start)) + " at R " + std::to_string(c.R_start));
}

// Of recorded sequences: one answer to every scene must not master an interval.
void check_labels(const Config& c, const std::vector<Sequence>& sequences) {
  std::int64_t familiar = 0, scenes = 0;
  for (const Sequence& sequence : sequences)
    familiar += std::ranges::count(sequence.labels, 1), scenes += sequence.T;
  if (familiar == 0 || familiar == scenes)
    throw DataError(*c.data_file + ": labels: expected novel and familiar scenes, got " +
                    (familiar == 0 ? "novel" : "familiar") + " ones alone, which one answer to all masters");
  const auto begins = std::ranges::count_if(sequences, [](const Sequence& s) { return s.labels[0] == 1; });
  if (begins > 0)
    log_warning(*c.data_file + ": labels: " + std::to_string(begins) + " of " +
                std::to_string(sequences.size()) +
                " sequences begin with a familiar scene (1), before which nothing was shown: is 0 novel?");
  const double chance =
      static_cast<double>(std::max(familiar, scenes - familiar)) / static_cast<double>(scenes);
  if (chance >= c.acc_threshold)
    log_warning("acc_threshold: one answer to every scene of data_file reaches " +
                number_text(c.acc_threshold) + ": expected more than its accuracy, " + number_text(chance));
}

std::shared_ptr<const std::vector<Sequence>> recorded_sequences(const Config& c) {
  if (!c.data_file) return nullptr;
  auto sequences = read_sequences(*c.data_file, c.task());
  if (sequences.size() < static_cast<std::size_t>(c.batch_size))
    throw DataError(*c.data_file + ": frames: expected batch_size " + std::to_string(c.batch_size) +
                    " sequences or more, got " + std::to_string(sequences.size()));
  check_labels(c, sequences);
  return std::make_shared<const std::vector<Sequence>>(std::move(sequences));
}

}  // namespace

PlasticExperiment::PlasticExperiment(const Config& config, const RunContext& context)
    : config_(config), context_(context) {
  warn(config_);
  tell(without_effect(config_));
  const auto recorded = recorded_sequences(config_);
  learners_.reserve(static_cast<std::size_t>(config_.n_runs));
  for (int k = 0; k < config_.n_runs; ++k)
    learners_.emplace_back(config_, context.seed + static_cast<std::uint64_t>(k), new_backend(), recorded);
}

std::unique_ptr<Backend> PlasticExperiment::new_backend() const {
  const ModelSpec network = config_.spec();
  if (config_.dtype == Arithmetic::float32 && runs_native(config_.backend, context_.device) &&
      network.native())
    return native_backend(network, config_.bce);
  return torch_backend(network, config_.bce, context_.device, config_.dtype);
}

double PlasticExperiment::seconds() const {
  return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count();
}

bool PlasticExperiment::finished() const {
  return out_of_time() || divergence() ||
         std::ranges::all_of(learners_, [](const Learner& l) { return l.end() != End::no; });
}

std::optional<std::string> PlasticExperiment::divergence() const {
  std::string all;
  std::size_t count = 0;
  for (const Learner& learner : learners_)
    if (learner.end() == End::diverged)
      all += (count++ == 0 ? "" : "; ") + learner.place() + ": loss or gradient are not finite";
  const bool alone = count < learners_.size();
  if (count == 0 || (alone && config_.on_divergence == OnDivergence::drop)) return std::nullopt;
  return all + "; results.h5 holds what came before" +
         (alone ? " (on_divergence: drop goes on with the other runs)" : "");
}

// Of a step of the learners that go on: forward, and the gradients of weights, traces and activities.
double PlasticExperiment::multiply_adds() const {
  const auto parameters = static_cast<double>(Layout(config_.spec()).size());
  double sum = 0;
  for (const Learner& l : learners_)
    if (l.end() == End::no)
      sum += 6.0 * config_.batch_size * config_.scenes(static_cast<int>(l.max_R_attempted())) *
             config_.scene_time * parameters;
  return sum;
}

StepReport PlasticExperiment::step() {
  const bool logs = std::ranges::any_of(learners_, [&](const Learner& l) {
    return l.end() == End::no && l.iterations() % config_.log_every == 0;
  });
  std::vector<char> ended(learners_.size());
  parallel_for(learners_.size(), threads_for(multiply_adds(), context_.threads), [&](std::size_t k) {
    if (learners_[k].end() == End::no) ended[k] = learners_[k].step();
  });
  StepReport report;
  const bool snapshot = learners_.size() == 1 && ended[0] != 0;
  if (logs || snapshot) report.row = row();
  if (snapshot) report.snapshot = "R_" + std::to_string(learners_[0].stages().back().R);
  return report;
}

// The last records, mean over runs.
std::vector<Metric> PlasticExperiment::row() const {
  const ScalarTable& table = learners_[0].table();
  const auto tags = table.tags();
  std::vector<const Learner*> shown;  // without what diverged at once
  for (const Learner& learner : learners_)
    if (!learner.log().empty()) shown.push_back(&learner);
  std::vector<Metric> row;
  if (shown.empty()) return row;
  for (std::size_t c = 0; c < tags.size(); ++c) {
    if (!table.applies(c)) continue;
    double sum = 0;
    for (const Learner* learner : shown) sum += learner->log()[learner->log().size() - tags.size() + c];
    row.push_back({tags[c], sum / static_cast<double>(shown.size())});
  }
  return row;
}

Arrays PlasticExperiment::state() const {
  Arrays all = states_of(learners_);
  if (config_.max_wall_seconds) all.push_back(make_scalar("seconds", seconds()));
  return all;
}

void PlasticExperiment::restore(const Arrays& state) {
  for (Learner& learner : learners_) learner.restore(state, "runs/" + std::to_string(learner.seed()) + "/");
  const bool clocked = std::ranges::any_of(state, [](const Array& array) { return array.name == "seconds"; });
  if (config_.max_wall_seconds && clocked) seconds_before_ = scalar<double>(state, "seconds");
  start_ = Clock::now();
}

void PlasticExperiment::take_over(const std::vector<std::string>&) {
  for (Learner& learner : learners_) learner.judge_end_anew();
}

Arrays PlasticExperiment::weights() const { return weights_of(learners_); }

}  // namespace tsd::plastic
