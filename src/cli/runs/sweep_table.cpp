#include "cli/runs/sweep_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "engine/config/text.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/yaml/flat_yaml.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd::cli {
namespace fs = std::filesystem;

namespace {

using Flat = std::map<std::string, std::string>;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

Flat settings_of(const Entry& run) {
  Flat flat = flat_yaml(read_text(RunDirectory{run.directory}.config(), kMostBytes));
  std::erase_if(flat, [](const auto& item) {
    return item.first.starts_with("run.") || item.first == "description" || item.first == "family";
  });
  return flat;
}

std::string value_in(const Flat& flat, const std::string& key) {
  const auto found = flat.find(key);
  return found == flat.end() ? "" : found->second;
}

std::vector<std::string> differing_keys(const std::vector<Flat>& all) {
  std::set<std::string> keys = {"seed"};
  for (const Flat& flat : all)
    for (const auto& setting : flat)
      if (std::ranges::any_of(
              all, [&](const Flat& other) { return value_in(other, setting.first) != setting.second; }))
        keys.insert(setting.first);
  return {keys.begin(), keys.end()};
}

void refuse_families(const std::vector<Entry>& runs) {
  for (const Entry& run : runs)
    if (run.status.family != runs.front().status.family)
      throw DataError(run.directory.string() + ": a run of family " + run.status.family + ", and " +
                      runs.front().directory.string() + " is of " + runs.front().status.family +
                      "; expected runs of one family, in a folder of their own");
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return std::isnan(value) ? "" : text;
}

struct Spread {
  std::size_t count = 0;
  double mean = NAN, sd = NAN;
};

Spread spread_of(const std::vector<double>& all) {
  std::vector<double> values;
  std::ranges::copy_if(all, std::back_inserter(values), [](double value) { return !std::isnan(value); });
  Spread spread{values.size()};
  if (values.empty()) return spread;
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  spread.mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) spread.sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return spread;
}

// What a run began from, where its settings alone don't say what it saw.
std::string parent_of(const Entry& run) {
  if (!run.status.parent) return "";
  std::string text = "step " + std::to_string(run.status.parent->step);
  for (const auto& change : run.status.parent->changed) text += "; " + change.key + " " + change.before;
  return text;
}

// Equal in all settings, seeds among them: no replicates.
void warn_of_copies(const SweepTable& table) {
  std::set<std::vector<std::string>> seen;
  std::size_t copies = 0;
  for (std::size_t i = 0; i < table.runs.size(); ++i)
    if (table.runs[i].state == "done" && !seen.insert(table.settings[i]).second) ++copies;
  if (copies > 0)
    log_warning(std::to_string(copies) +
                " of the finished runs have the settings and seed of another, and count all the same");
}

bool is_seed(const std::string& key) {
  return key == "seed" || key.ends_with("_seed") || key.ends_with(".seed");
}

std::size_t place_of(const std::vector<std::string>& names, const std::string& name,
                     const std::string& what) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  throw UsageError(what + " " + name + ": expected one of " + config::joined(names, ", "));
}

// What is told of each setting: a name, and a number of each run.
std::vector<std::pair<std::string, std::vector<double>>> measures(const SweepTable& table,
                                                                  const std::string& metric) {
  const auto last = [&](const std::string& name) {
    const std::size_t column = place_of(table.metrics, name, "--metric");
    std::vector<double> values;
    for (const auto& row : table.last) values.push_back(row[column]);
    return std::pair(final_name(name), values);
  };
  if (!metric.empty()) return {last(metric)};
  if (table.headline.empty())
    throw UsageError("--metric: expected one of " + config::joined(table.metrics, ", "));
  std::vector<std::pair<std::string, std::vector<double>>> all = {{best_name(table), table.best}};
  if (std::ranges::count(table.metrics, table.headline) > 0) all.push_back(last(table.headline));
  return all;
}

}  // namespace

SweepTable collect_runs(const fs::path& root) {
  const Search search(root);
  search.tell_unreadable();
  SweepTable table;
  table.runs = search.runs();
  if (table.runs.empty()) throw MissingInput(root.string() + ": no run below it");
  refuse_families(table.runs);
  std::vector<Flat> flat;
  std::vector<std::map<std::string, double>> rows;
  std::set<std::string> metrics;
  for (const Entry& run : table.runs) {
    flat.push_back(settings_of(run));
    if (run.status.parent) flat.back()["parent"] = parent_of(run);
    rows.emplace_back(run.status.row.begin(), run.status.row.end());
    for (const auto& [name, value] : rows.back()) metrics.insert(name);
    if (table.headline.empty()) table.headline = run.status.headline;
    table.best.push_back(run.status.best.value_or(NAN));
  }
  table.keys = differing_keys(flat);
  table.metrics = {metrics.begin(), metrics.end()};
  for (std::size_t i = 0; i < table.runs.size(); ++i) {
    auto& settings = table.settings.emplace_back();
    for (const auto& key : table.keys) settings.push_back(value_in(flat[i], key));
    auto& last = table.last.emplace_back();
    for (const auto& name : table.metrics) last.push_back(rows[i].contains(name) ? rows[i].at(name) : NAN);
  }
  return table;
}

std::string final_name(const std::string& metric) { return "final." + metric; }
std::string best_name(const SweepTable& table) { return "best." + table.headline; }

Table table_of_runs(const SweepTable& table) {
  Table text{{"index", "run", "state", "step"}, {}};
  text.columns.insert(text.columns.end(), table.keys.begin(), table.keys.end());
  for (const auto& metric : table.metrics) text.columns.push_back(final_name(metric));
  if (!table.headline.empty()) text.columns.push_back(best_name(table));
  for (std::size_t i = 0; i < table.runs.size(); ++i) {
    const auto& [directory, status, state, queue] = table.runs[i];
    std::vector<std::string> row = {status.index ? std::to_string(*status.index) : "", directory.string(),
                                    state, std::to_string(status.step)};
    row.insert(row.end(), table.settings[i].begin(), table.settings[i].end());
    for (const double value : table.last[i]) row.push_back(std::isnan(value) ? "" : shortest(value));
    if (!table.headline.empty()) row.push_back(std::isnan(table.best[i]) ? "" : shortest(table.best[i]));
    text.rows.push_back(std::move(row));
  }
  return text;
}

Table table_by(const SweepTable& table, std::vector<std::string> by, const std::string& metric) {
  if (by.empty())
    std::ranges::copy_if(table.keys, std::back_inserter(by), [](const auto& key) { return !is_seed(key); });
  std::vector<std::size_t> columns;
  for (const auto& key : by) columns.push_back(place_of(table.keys, key, "--by"));
  const auto told = measures(table, metric);
  std::vector<std::vector<std::string>> groups;  // in order of their first run
  std::map<std::vector<std::string>, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < table.runs.size(); ++i) {
    if (table.runs[i].state != "done") continue;
    std::vector<std::string> group;
    for (const std::size_t column : columns) group.push_back(table.settings[i][column]);
    if (!members.contains(group)) groups.push_back(group);
    members[group].push_back(i);
  }
  warn_of_copies(table);
  std::size_t numberless = 0;
  Table text{by, {}};
  text.columns.push_back("runs");
  for (const auto& [name, values] : told) {
    text.columns.push_back(name + " mean");
    text.columns.push_back(name + " SD");
  }
  for (const auto& group : groups) {
    std::vector<std::string> row = group;
    row.push_back(std::to_string(members[group].size()));
    for (const auto& [name, values] : told) {
      std::vector<double> of_group;
      for (const std::size_t i : members[group]) of_group.push_back(values[i]);
      const Spread spread = spread_of(of_group);
      numberless += of_group.size() - spread.count;
      row.push_back(short_number(spread.mean));
      row.push_back(short_number(spread.sd));
    }
    text.rows.push_back(std::move(row));
  }
  if (numberless > 0) log_warning(std::to_string(numberless) + " values are no numbers, and left out");
  return text;
}

}  // namespace tsd::cli
