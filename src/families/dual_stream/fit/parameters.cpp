#include "families/dual_stream/fit/parameters.hpp"

#include <algorithm>
#include <set>

#include "tsd/engine/schema/key_use.hpp"

namespace tsd::dual_stream {

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

namespace {

// Whether a chosen stream does: else every model of the search would be the same.
bool is_read(const Config& config, const std::string& key, double low, double high) {
  const auto unread = [](const Config& c) {
    Problems problems;
    check_unread(c, problems);
    return problems.all().size();
  };
  const auto with = [&](double value) {
    Config other = config;
    set_number(other, key, value);
    return other;
  };
  return std::max(unread(with(low)), unread(with(high))) <= unread(config);
}

}  // namespace

void check_fit(const Config& config, Problems& problems) {
  const FitConfig& f = config.fit;
  const std::string count = std::to_string(f.parameters.size());
  if (!f.wanted())
    return refuse(unused_keys(config, {{{"fit."}, false, "fit.parameters: at least one key path"}}),
                  problems);
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
    if (!is_read(config, f.parameters[p], f.low[p], f.high[p]))
      problems.add("fit.parameters", "is not read", "a key that the chosen streams read", f.parameters[p]);
    if (!(f.low[p] < f.high[p]))
      problems.add("fit.high", "not above fit.low", "more than " + number_text(f.low[p]),
                   number_text(f.high[p]));
    if (!f.is_linear(p) && !(f.low[p] > 0))
      problems.add("fit.low", "has no logarithm", "above 0, or " + f.parameters[p] + " in fit.linear",
                   number_text(f.low[p]));
  }
  if (f.profile && f.measure == Measure::rmsd)
    problems.add("fit.profile", "squared differences are no likelihood",
                 "measure: likelihood, or fit.bootstrap", "measure: rmsd");
  if (!f.target && config.resolved_task() != Task::shj)
    problems.add("fit.target", "people were asked about the six problems", "a file, or task: shj", "null");
  if (!f.target && config.epochs < 2)
    problems.add("fit.target", "people's blocks are two epochs", "epochs of at least 2",
                 std::to_string(config.epochs));
}

}  // namespace tsd::dual_stream
