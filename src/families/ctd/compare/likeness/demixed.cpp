#include "families/ctd/compare/likeness/demixed.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "families/ctd/compare/scores.hpp"
#include "families/ctd/shared/values.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// The level's value for each span, or NaN for a trial that has none.
using Values = std::vector<double>;

Values tasks_of(const Hdf5Reader& file, const Reference& r, const std::vector<Span>& spans) {
  if (!file.exists("/valid_cond") || !file.exists("/task_names"))
    throw DataError(
        r.source +
        ": dpca.factors=task: expected a recording of tsd with tasks (MultiTask), got one without "
        "/valid_cond or /task_names");
  const Array tasks = file.dataset("/valid_cond", DType::i64, {r.val_latents.trials});
  Values all;
  for (const Span& s : spans) all.push_back(static_cast<double>(tasks.as<std::int64_t>()[at(s.trial)]));
  return all;
}

// Of the response that a trial of MultiTask ends with, or from where a reach begins to where it ends.
double direction_of(const Series& targets, std::int64_t first, std::int64_t last, bool reaches) {
  const float *from = targets.row(first), *to = targets.row(last);
  const double x = reaches ? double{to[0]} - from[0] : to[1], y = reaches ? double{to[1]} - from[1] : to[2];
  return x == 0 && y == 0 ? kUndefined : std::atan2(y, x);
}

Values directions_of(const Hdf5Reader& file, const Reference& r, int directions,
                     const std::vector<Span>& spans) {
  const bool reaches = file.exists("/valid_joints");
  if (r.val_targets.width != (reaches ? 2 : 3) || (!reaches && !file.exists("/task_names")))
    throw DataError(r.source +
                    ": dpca.factors=direction: expected a recording of tsd with responses or reaches "
                    "(MultiTask, RandomTarget), got another");
  const double sector = 2 * std::numbers::pi / directions;
  Values all;
  for (const Span& s : spans) {
    const std::int64_t begin = s.trial * r.val_targets.steps, last = begin + r.val_lengths[at(s.trial)] - 1;
    const double angle = direction_of(r.val_targets, begin, last, reaches);
    const double k = std::round(angle / sector);
    all.push_back(sector * (2 * k >= directions ? k - directions : k));  // pi is -pi
  }
  return all;
}

Values values_of(const std::string& factor, const Hdf5Reader& file, const DemixSettings& settings,
                 const Reference& r, const std::vector<Span>& spans) {
  if (factor == "task") return tasks_of(file, r, spans);
  if (factor == "direction") return directions_of(file, r, settings.directions, spans);
  Values all;
  for (const Span& s : spans) all.push_back(static_cast<double>(s.trial));
  return all;
}

// Says which condition has no trial.
void check_conditions(const DemixSettings& settings, const Reference& r, const Design& d) {
  std::vector<int> trials(at(d.conditions()));
  for (const int c : d.condition) ++trials[at(c)];
  const auto none = std::ranges::find(trials, 0);
  if (none == trials.end()) return;
  std::string text;
  for (std::size_t f = 0; f < d.values.size(); ++f)
    text += (f == 0 ? "" : ", ") + settings.factors[f] + " " +
            ctd::shown(d.value(static_cast<int>(none - trials.begin()), f));
  throw DataError(r.source + ": dpca: no validation trial of " + text + " among " +
                  std::to_string(d.spans.size()) + " trials; expected one of each of " +
                  std::to_string(d.conditions()) +
                  " conditions: fewer dpca.factors or dpca.directions, or another dpca.task");
}

}  // namespace

std::vector<int> Design::levels() const {
  std::vector<int> all;
  for (const auto& of_factor : values) all.push_back(static_cast<int>(of_factor.size()));
  return all;
}

int Design::conditions() const {
  int all = 1;
  for (const int n : levels()) all *= n;
  return all;
}

int Design::level(int condition, std::size_t factor) const {
  for (std::size_t f = values.size() - 1; f > factor; --f) condition /= static_cast<int>(values[f].size());
  return condition % static_cast<int>(values[factor].size());
}

double Design::value(int condition, std::size_t factor) const {
  return values[factor][at(level(condition, factor))];
}

Design design_of(const DemixSettings& settings, const Reference& r) {
  const std::vector<Span> spans = spans_of(settings, r, "dpca");
  const Hdf5Reader file(r.source);
  std::vector<Values> told;
  for (const std::string& factor : settings.factors)
    told.push_back(values_of(factor, file, settings, r, spans));
  Design d;
  std::vector<Values> values(told.size());  // of the spans that have all
  for (std::size_t k = 0; k < spans.size(); ++k) {
    if (std::ranges::any_of(told, [&](const Values& v) { return std::isnan(v[k]); })) continue;
    d.spans.push_back(spans[k]);
    for (std::size_t f = 0; f < told.size(); ++f) values[f].push_back(told[f][k]);
  }
  d.condition.assign(d.spans.size(), 0);
  for (std::size_t f = 0; f < values.size(); ++f) {
    const std::set<double> sorted(values[f].begin(), values[f].end());
    const auto& levels = d.values.emplace_back(sorted.begin(), sorted.end());
    if (levels.size() < 2)
      throw DataError(r.source + ": dpca.factors=" + settings.factors[f] +
                      ": expected at least 2 of it among " + std::to_string(spans.size()) + " trials, got " +
                      std::to_string(levels.size()));
    for (std::size_t k = 0; k < d.spans.size(); ++k)
      d.condition[k] = d.condition[k] * static_cast<int>(levels.size()) +
                       static_cast<int>(std::ranges::find(levels, values[f][k]) - levels.begin());
  }
  check_conditions(settings, r, d);
  return d;
}

std::vector<math::DpcaPart> demixed(const DemixSettings& settings, const Series& series,
                                    const Design& design) {
  const std::int64_t steps = design.spans[0].count, size = steps * series.width;
  std::vector<double> sums(at(design.conditions() * size)), trials(at(design.conditions()));
  for (std::size_t k = 0; k < design.spans.size(); ++k) {
    const Span& s = design.spans[k];
    const float* from = series.row(s.trial * series.steps + s.first);
    double* to = &sums[at(design.condition[k] * size)];
    for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
    ++trials[at(design.condition[k])];
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= trials[i / at(size)];
  return math::dpca({sums, design.levels(), static_cast<int>(steps), series.width},
                    {settings.components, settings.regulariser, settings.join_time});
}

std::string name_of(const math::DpcaPart& part, const DemixSettings& settings) {
  std::string name;
  for (const int f : part.factors) name += (name.empty() ? "" : "_") + settings.factors[at(f)];
  if (part.on_time) name += name.empty() ? "time" : "_time";
  return name;
}

}  // namespace tsd::compare
