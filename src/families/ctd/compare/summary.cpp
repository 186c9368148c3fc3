#include "families/ctd/compare/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tsd::compare {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

Table model_table(const std::vector<std::string>& names, const std::vector<Column>& columns) {
  Table table{{"model"}, {}};
  for (const Column& c : columns) table.columns.push_back(c.name);
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<std::string> row = {names[k]};
    for (const Column& c : columns) row.push_back(number(c.values[k]));
    table.rows.push_back(row);
  }
  return table;
}

std::vector<std::string> distinct_groups(const std::vector<std::string>& groups) {
  std::vector<std::string> distinct;
  for (std::size_t k = 1; k < groups.size(); ++k)
    if (std::ranges::find(distinct, groups[k]) == distinct.end()) distinct.push_back(groups[k]);
  return distinct;
}

std::vector<double> members(const std::vector<double>& values, const std::vector<std::string>& groups,
                            const std::string& group) {
  std::vector<double> some;
  for (std::size_t k = 1; k < groups.size(); ++k)
    if (groups[k] == group) some.push_back(values[k]);
  return some;
}

Table group_table(const std::vector<std::string>& groups, const std::vector<Column>& columns,
                  double confidence) {
  Table table{{"group", "models"}, {}};
  for (const Column& c : columns) table.columns.push_back(c.name);
  for (const std::string& group : distinct_groups(groups)) {
    std::vector<std::string> row = {group,
                                    std::to_string(std::count(groups.begin() + 1, groups.end(), group))};
    for (const Column& c : columns) {
      const Spread s = spread(members(c.values, groups, group), confidence);
      row.push_back(number(s.mean) + (std::isnan(s.sd) ? "" : " (" + number(s.sd) + ")"));
    }
    table.rows.push_back(row);
  }
  return table;
}

}  // namespace tsd::compare
