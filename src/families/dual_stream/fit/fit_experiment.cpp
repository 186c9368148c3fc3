#include "families/dual_stream/fit/fit_experiment.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "families/dual_stream/fit/parameters.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::dual_stream {

namespace {

constexpr int kLocalShare = 4;  // of the evaluations of a search, for each resample

// Single answers have their own orders of items, and no epochs.
void check_answers(const Config& c, const Observed& target) {
  const auto refuse = [](const std::string& key, const std::string& got) {
    throw ConfigError(key + ": is not read in a fit to single answers; expected none, got " + got);
  };
  if (c.consolidation.anneal_from)
    refuse("consolidation.anneal_from", std::to_string(*c.consolidation.anneal_from));
  if (c.consolidation.replay > 0) refuse("consolidation.replay", std::to_string(c.consolidation.replay));
  if (c.slow == SlowName::dnn && c.slow_config.dropout > 0)
    refuse("slow_config.dropout", number_text(c.slow_config.dropout));
  if (c.init_file) refuse("init_file", *c.init_file);
  std::set<std::size_t> problems;
  for (const Participant& one : target.participants) problems.insert(one.problem);
  if (c.fit.bootstrap > 0 && problems.size() == target.participants.size())
    throw ConfigError(
        "fit.bootstrap: does not fit the target; expected two participants of a problem at least, got one");
}

Observed checked(const Config& config, Observed target) {
  const FitConfig& f = config.fit;
  if (target.has_answers() && f.measure == Measure::rmsd)
    throw ConfigError(
        "fit.measure: does not fit the target; expected likelihood of single answers, got rmsd");
  if (!target.has_answers() && f.individual)
    throw ConfigError(
        "fit.individual: does not fit the target; expected single answers, got learning curves");
  if (f.individual && f.bootstrap > 0)
    throw ConfigError("fit.bootstrap: expected 0 where each participant has parameters of their own, got " +
                      std::to_string(f.bootstrap));
  for (const Cell& cell : target.cells) {
    if (cell.answers > 0) continue;
    for (const auto& [key, asked] :
         {std::pair("fit.measure", f.measure == Measure::likelihood), {"fit.bootstrap", f.bootstrap > 0}})
      if (asked)
        throw ConfigError(std::string(key) +
                          ": does not fit the target; expected a column n with the number of answers of each "
                          "cell, got none");
  }
  if (target.has_answers()) check_answers(config, target);
  return target;
}

// Of one participant each, or of all.
std::vector<Observed> parts_of(const Observed& target, bool individual) {
  if (!individual) return {target};
  std::vector<Observed> all;
  for (const Participant& one : target.participants) all.push_back({{}, {one}});
  return all;
}

}  // namespace

FitExperiment::FitExperiment(const Config& config, const RunContext& context)
    : config_(config),
      context_(context),
      stimuli_(stimuli_of(config, true)),
      target_(checked(config, observed(config, stimuli_))),
      objective_(config, context.seed, stimuli_, context.device),
      targets_(parts_of(target_, config.fit.individual)) {
  begin_search();
}

std::vector<double> FitExperiment::parameters_at(const std::vector<double>& place) const {
  std::vector<double> values;
  for (std::size_t p = 0; p < place.size(); ++p) values.push_back(config_.fit.value(p, place[p]));
  return values;
}

// The first begins where the config stands, the others anywhere.
void FitExperiment::begin_search() {
  Config own = config_;
  for (std::size_t group = 0; group < groups(); ++group)
    for (int start = 0; start < config_.fit.starts; ++start) {
      Philox rng(context_.seed, "fit " + std::to_string(group) + " " + std::to_string(start));
      std::vector<double> place;
      for (std::size_t p = 0; p < parameters(); ++p) {
        const auto given = number_at(own, config_.fit.parameters[p]);
        place.push_back(start == 0 && given ? config_.fit.place(p, *given) : rng.random());
      }
      searches_.push_back({group, math::Minimiser({rng.next(), config_.fit.evaluations, place, false})});
    }
}

// Resamples are fitted around the best point.
void FitExperiment::begin_bootstrap() {
  first_resample_ = searches_.size();
  const std::vector<double> best = best_parameters();
  std::vector<double> place;
  for (std::size_t p = 0; p < parameters(); ++p) place.push_back(config_.fit.place(p, best[p]));
  for (std::size_t b = 0; b < bootstraps(); ++b) {
    Philox rng(context_.seed, "fit resample " + std::to_string(b));
    targets_.push_back(resampled(target_, rng));
    const int evaluations = std::max(2, config_.fit.evaluations / kLocalShare);
    searches_.push_back({targets_.size() - 1, math::Minimiser({rng.next(), evaluations, place, true})});
  }
}

std::int64_t FitExperiment::total_steps() const {
  const int resamples = bootstraps() > 0 ? std::max(2, config_.fit.evaluations / kLocalShare) : 0;
  return config_.fit.evaluations + resamples;
}

bool FitExperiment::searching() const {
  return std::ranges::any_of(searches_, [](const Search& s) { return s.minimiser.ask().has_value(); });
}

bool FitExperiment::finished() const { return !searching() && (bootstraps() == 0 || first_resample_ > 0); }

void FitExperiment::tell(Search& search, double value) {
  const auto place = *search.minimiser.ask();
  search.values.push_back(value);
  const double finite = std::isfinite(value) ? value : HUGE_VAL;  // a model without a value is never the best
  if (finite < search.least || search.best.empty()) {
    search.least = finite;
    search.best = parameters_at(place);
  }
  search.minimiser.tell(value);
}

StepReport FitExperiment::step() {
  if (!searching() && bootstraps() > 0 && first_resample_ == 0) begin_bootstrap();
  std::vector<Search*> open;
  for (Search& search : searches_)
    if (search.minimiser.ask()) open.push_back(&search);
  std::vector<double> values(open.size());
  parallel_for(open.size(), context_.threads, [&](std::size_t i) {
    values[i] = objective_(parameters_at(*open[i]->minimiser.ask()), targets_[open[i]->of]).value;
  });
  for (std::size_t i = 0; i < open.size(); ++i) tell(*open[i], values[i]);
  StepReport report;
  double sum = 0;
  for (std::size_t group = 0; group < groups(); ++group) sum += best_of(group).least;
  report.row.push_back({"value", sum});
  const auto best = best_parameters();
  for (std::size_t p = 0; p < parameters(); ++p) report.row.push_back({config_.fit.parameters[p], best[p]});
  return report;
}

// begin_search() lays out the starts of each group side by side, one at least.
const FitExperiment::Search& FitExperiment::best_of(std::size_t group) const {
  const auto starts = static_cast<std::size_t>(config_.fit.starts);
  return *std::ranges::min_element(std::span(searches_).subspan(group * starts, starts), {}, &Search::least);
}

std::vector<double> FitExperiment::best_parameters() const {
  std::vector<double> middle;
  for (std::size_t p = 0; p < parameters(); ++p) {
    std::vector<double> all;
    for (std::size_t group = 0; group < groups(); ++group)
      if (!best_of(group).best.empty()) all.push_back(best_of(group).best[p]);
    if (all.empty()) return middle;
    std::ranges::sort(all);
    middle.push_back((all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2);
  }
  return middle;
}

Arrays FitExperiment::state() const {
  std::vector<double> values;
  std::vector<std::int64_t> counts;
  for (const Search& search : searches_) {
    counts.push_back(std::ssize(search.values));
    values.insert(values.end(), search.values.begin(), search.values.end());
  }
  return {make_array<std::int64_t>("counts", counts), make_array<double>("values", values)};
}

// The same answers bring the searches to the same place.
void FitExperiment::restore(const Arrays& state) {
  const auto counts = find(state, "counts").as<std::int64_t>();
  const auto values = find(state, "values").as<double>();
  std::size_t next = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i == searches_.size()) begin_bootstrap();
    for (std::int64_t n = 0; n < counts[i]; ++n) tell(searches_.at(i), values[next++]);
  }
}

DualStreamExperiment& FitExperiment::best_run() {
  if (best_run_) return *best_run_;
  Config config = objective_.with(best_parameters());
  config.fit = {};
  best_run_ = std::make_unique<DualStreamExperiment>(config, context_);
  while (!best_run_->finished() && best_run_->epochs_done() < best_run_->epochs()) best_run_->step();
  return *best_run_;
}

}  // namespace tsd::dual_stream
