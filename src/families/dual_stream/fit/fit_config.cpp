#include "families/dual_stream/fit/fit_config.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "families/dual_stream/config.hpp"

namespace tsd::dual_stream {

bool FitConfig::is_linear(std::size_t p) const {
  return std::ranges::find(linear, parameters[p]) != linear.end();
}

double FitConfig::value(std::size_t p, double place) const {
  place = std::clamp(place, 0.0, 1.0);
  if (is_linear(p)) return low[p] + place * (high[p] - low[p]);
  return std::exp(std::log(low[p]) + place * (std::log(high[p]) - std::log(low[p])));
}

double FitConfig::place(std::size_t p, double value) const {
  const double all = is_linear(p) ? (value - low[p]) / (high[p] - low[p])
                                  : std::log(value / low[p]) / std::log(high[p] / low[p]);
  return std::isfinite(all) ? std::clamp(all, 0.0, 1.0) : 0.5;
}

void describe(Schema& s, FitConfig& c) {
  s.field("parameters", c.parameters,
          "key paths of the numbers that are fitted, e.g. slow_config.lr; none: nothing is fitted");
  s.field("low", c.low, "least value of each");
  s.field("high", c.high, "largest value of each");
  s.field("linear", c.linear, "those of them that are searched as they are; the others by their logarithm");
  s.field(
       "target", c.target,
       "what is fitted: learning curves or single answers (CSV, HDF5), or results.h5 of a run; null: people's "
       "errors on the six problems")
      .must_exist()
      .read_before_the_first_step();
  s.choice("measure", c.measure, {{"rmsd", Measure::rmsd}, {"likelihood", Measure::likelihood}},
           "of curves: squared differences, or binomial; of single answers: likelihood only");
  s.field("starts", c.starts, "searches, each from a place of its own").range(1, 1000);
  s.field("evaluations", c.evaluations, "models that each search may try").range(2, 1e6);
  s.field("bootstrap", c.bootstrap,
          "resamples of the target that are fitted anew around the best point, for intervals; 0: none")
      .range(0, 10000);
  s.field("individual", c.individual,
          "of single answers: parameters of each participant, not of all together");
}

namespace {

Field* field_at(Schema& schema, const std::string& key) {
  const auto dot = key.find('.');
  if (dot != key.npos) {
    for (auto& group : schema.groups())
      if (group.key == key.substr(0, dot)) return field_at(*group.schema, key.substr(dot + 1));
    return nullptr;
  }
  for (Field& field : schema.fields())
    if (field.key == key) return &field;
  return nullptr;
}

bool is_number(const Field& field) {
  return std::holds_alternative<double*>(field.target) ||
         std::holds_alternative<std::optional<double>*>(field.target);
}

template <class Use>
bool with_number(Config& config, const std::string& key, const Use& use) {
  Schema schema;
  describe(schema, config);
  Field* field = field_at(schema, key);
  if (!field || !is_number(*field)) return false;
  use(*field);
  return true;
}

void check_range(const std::string& at, const Field& field, double low, double high, Problems& problems) {
  const bool below = field.low_exclusive ? low <= field.low : low < field.low;
  const bool above = field.high_exclusive ? high >= field.high : high > field.high;
  if (below || above)
    problems.add(at, "beyond the range of " + field.key,
                 number_text(field.low) + " to " + number_text(field.high),
                 number_text(low) + " to " + number_text(high));
}

}  // namespace

std::optional<double> number_at(Config& config, const std::string& key) {
  std::optional<double> found;
  with_number(config, key, [&](Field& field) {
    if (auto* plain = std::get_if<double*>(&field.target))
      found = **plain;
    else
      found = *std::get<std::optional<double>*>(field.target);
  });
  return found;
}

void set_number(Config& config, const std::string& key, double value) {
  with_number(config, key, [&](Field& field) {
    if (auto* plain = std::get_if<double*>(&field.target))
      **plain = value;
    else
      *std::get<std::optional<double>*>(field.target) = value;
  });
}

void check_fit(const Config& config, Problems& problems) {
  const FitConfig& f = config.fit;
  const std::string count = std::to_string(f.parameters.size());
  if (!f.wanted()) {
    if (!f.low.empty() || !f.high.empty() || f.target || f.bootstrap > 0 || f.individual || !f.linear.empty())
      problems.add("fit.parameters", "nothing to fit", "key paths of numbers", "none");
    return;
  }
  for (const auto& [key, values] : {std::pair{"fit.low", &f.low}, {"fit.high", &f.high}})
    if (values->size() != f.parameters.size())
      return problems.add(key, "one value for each parameter", count, std::to_string(values->size()));
  if (std::set<std::string>(f.parameters.begin(), f.parameters.end()).size() != f.parameters.size())
    problems.add("fit.parameters", "a parameter twice", "each once", "a key path twice");
  for (const std::string& key : f.linear)
    if (std::ranges::find(f.parameters, key) == f.parameters.end())
      problems.add("fit.linear", "is no parameter", "one of fit.parameters", key);
  Config own = config;
  for (std::size_t p = 0; p < f.parameters.size(); ++p) {
    const auto check = [&](const Field& field) {
      check_range("fit.low", field, f.low[p], f.high[p], problems);
    };
    if (!with_number(own, f.parameters[p], check))
      problems.add("fit.parameters", "no key of a number", "a key path such as slow_config.lr",
                   f.parameters[p]);
    if (!(f.low[p] < f.high[p]))
      problems.add("fit.high", "not above fit.low", "more than " + number_text(f.low[p]),
                   number_text(f.high[p]));
    if (!f.is_linear(p) && !(f.low[p] > 0))
      problems.add("fit.low", "has no logarithm", "above 0, or " + f.parameters[p] + " in fit.linear",
                   number_text(f.low[p]));
  }
  if (!f.target && config.resolved_task() != Task::shj)
    problems.add("fit.target", "people were asked about the six problems", "a file, or task: shj", "null");
  if (!f.target && config.epochs < 2)
    problems.add("fit.target", "people's blocks are two epochs", "epochs of at least 2",
                 std::to_string(config.epochs));
}

}  // namespace tsd::dual_stream
