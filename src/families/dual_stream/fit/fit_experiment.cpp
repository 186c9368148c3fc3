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

constexpr int kLocalShare = 4;  // of the evaluations of a search, for each resample and point of a profile

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

int FitExperiment::local_evaluations() const { return std::max(2, config_.fit.evaluations / kLocalShare); }

std::vector<double> FitExperiment::place_of(const std::vector<double>& values) const {
  std::vector<double> place;
  for (std::size_t p = 0; p < values.size(); ++p) place.push_back(config_.fit.place(p, values[p]));
  return place;
}

// Both sides of each parameter, of each that is fitted.
void FitExperiment::begin_profile() {
  std::vector<Side> sides;  // what is best is asked of the searches alone
  for (std::size_t group = 0; group < groups(); ++group) {
    const Best best = best_of(group);
    least_of_searches_.push_back(best.least);
    const ProfilePoint from{place_of(best.parameters), best.least};
    for (std::size_t p = 0; p < parameters(); ++p)
      for (const int direction : {-1, 1}) {
        Philox rng(context_.seed, "fit profile " + std::to_string(sides.size()));
        sides.push_back({group, ProfileSide({p, direction, from, local_evaluations(), rng.next()})});
      }
  }
  sides_ = std::move(sides);
}

// Resamples are fitted around the best point.
void FitExperiment::begin_bootstrap() {
  first_resample_ = searches_.size();
  const std::vector<double> place = place_of(best_parameters());
  for (std::size_t b = 0; b < bootstraps(); ++b) {
    Philox rng(context_.seed, "fit resample " + std::to_string(b));
    targets_.push_back(resampled(target_, rng));
    searches_.push_back(
        {targets_.size() - 1, math::Minimiser({rng.next(), local_evaluations(), place, true})});
  }
}

std::int64_t FitExperiment::total_steps() const {
  std::int64_t most = config_.fit.evaluations;
  if (config_.fit.profile) most += kMostProfilePoints * (parameters() > 1 ? local_evaluations() : 1);
  return most + (bootstraps() > 0 ? local_evaluations() : 0);
}

bool FitExperiment::searching() const {
  return std::ranges::any_of(searches_, [](const Search& s) { return s.minimiser.ask().has_value(); }) ||
         std::ranges::any_of(sides_, [](const Side& s) { return s.profile.ask().has_value(); });
}

bool FitExperiment::finished() const { return !searching() && !awaits_profile() && !awaits_bootstrap(); }

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

std::vector<FitExperiment::Question> FitExperiment::questions() {
  std::vector<Question> open;
  for (Search& search : searches_)
    if (const auto place = search.minimiser.ask())
      open.push_back({search.of, *place, [this, &search](double value) { tell(search, value); }});
  for (Side& side : sides_)
    if (const auto place = side.profile.ask())
      open.push_back({side.of, *place, [&side](double value) { side.profile.tell(value); }});
  return open;
}

StepReport FitExperiment::step() {
  if (!searching() && awaits_profile()) begin_profile();
  if (!searching() && awaits_bootstrap()) begin_bootstrap();
  const std::vector<Question> open = questions();
  std::vector<double> values(open.size());
  parallel_for(open.size(), context_.threads, [&](std::size_t i) {
    values[i] = objective_(parameters_at(open[i].place), targets_[open[i].of]).value;
  });
  for (std::size_t i = 0; i < open.size(); ++i) open[i].tell(values[i]);
  StepReport report;
  double sum = 0;
  for (std::size_t group = 0; group < groups(); ++group) sum += best_of(group).least;
  report.row.push_back({"value", sum});
  const auto best = best_parameters();
  for (std::size_t p = 0; p < parameters(); ++p) report.row.push_back({config_.fit.parameters[p], best[p]});
  return report;
}

// Both sides of parameters `first` to `last` - 1 of a group.
std::span<const FitExperiment::Side> FitExperiment::sides_of(std::size_t group, std::size_t first,
                                                             std::size_t last) const {
  if (sides_.empty()) return {};
  return std::span(sides_).subspan(2 * (group * parameters() + first), 2 * (last - first));
}

// A profile may pass through a better point than the searches found.
FitExperiment::Best FitExperiment::best_of(std::size_t group) const {
  Best best;
  const auto starts = static_cast<std::size_t>(config_.fit.starts);
  for (const Search& search : std::span(searches_).subspan(group * starts, starts))
    if (best.parameters.empty() || search.least < best.least) best = {search.least, search.best};
  for (const Side& side : sides_of(group, 0, parameters()))
    for (const ProfilePoint& point : side.profile.points())
      if (point.value < best.least) best = {point.value, parameters_at(point.place)};
  return best;
}

std::vector<double> FitExperiment::best_parameters() const {
  std::vector<double> middle;
  for (std::size_t p = 0; p < parameters(); ++p) {
    std::vector<double> all;
    for (std::size_t group = 0; group < groups(); ++group)
      if (const Best best = best_of(group); !best.parameters.empty()) all.push_back(best.parameters[p]);
    if (all.empty()) return middle;
    std::ranges::sort(all);
    middle.push_back((all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2);
  }
  return middle;
}

std::vector<ProfilePoint> FitExperiment::profile_of(std::size_t group, std::size_t p) const {
  const Best best = best_of(group);
  std::vector<ProfilePoint> points = {{place_of(best.parameters), best.least}};
  for (const Side& side : sides_of(group, p, p + 1))
    points.insert(points.end(), side.profile.points().begin(), side.profile.points().end());
  return points;
}

namespace {

using Told = std::vector<std::vector<double>>;  // values, search by search

void put(Arrays& state, const std::string& prefix, const Told& told) {
  std::vector<double> values;
  std::vector<std::int64_t> counts;
  for (const auto& one : told) {
    counts.push_back(std::ssize(one));
    values.insert(values.end(), one.begin(), one.end());
  }
  state.push_back(make_array<std::int64_t>(prefix + "counts", counts));
  state.push_back(make_array<double>(prefix + "values", values));
}

Told take(const Arrays& state, const std::string& prefix) {
  Told told;
  auto next = find(state, prefix + "values").as<double>().begin();
  for (const std::int64_t count : find(state, prefix + "counts").as<std::int64_t>()) {
    told.emplace_back(next, next + count);
    next += count;
  }
  return told;
}

}  // namespace

Arrays FitExperiment::state() const {
  Told searches, profiles;
  for (const Search& search : searches_) searches.push_back(search.values);
  for (const Side& side : sides_) profiles.push_back(side.profile.values());
  Arrays state;
  put(state, "", searches);
  if (!sides_.empty()) put(state, "profile_", profiles);
  return state;
}

// The same answers bring the searches to the same place.
void FitExperiment::restore(const Arrays& state) {
  const Told told = take(state, "");
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (i == searches_.size()) {
      restore_profile(state);
      begin_bootstrap();
    }
    for (const double value : told[i]) tell(searches_.at(i), value);
  }
  if (sides_.empty()) restore_profile(state);
}

void FitExperiment::restore_profile(const Arrays& state) {
  const std::string prefix = "profile_";
  if (std::ranges::find(state, prefix + "counts", &Array::name) == state.end()) return;
  begin_profile();
  const Told told = take(state, prefix);
  for (std::size_t i = 0; i < told.size(); ++i)
    for (const double value : told[i]) sides_.at(i).profile.tell(value);
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
