#include "families/ctd/compare/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

namespace tsd::compare {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// P(|t| < x) for whole degrees of freedom: Abramowitz & Stegun 1964, 26.7.3 and 26.7.4.
double student_probability(int n, double x) {
  const double theta = std::atan(x / std::sqrt(static_cast<double>(n)));
  const double c = std::cos(theta), s = std::sin(theta);
  double term = n % 2 == 1 ? c : 1, sum = n == 1 ? 0 : term;
  for (int k = n % 2 == 1 ? 3 : 2; k < n; k += 2) {
    term *= c * c * (k - 1) / k;
    sum += term;
  }
  return n % 2 == 1 ? 2 / std::numbers::pi * (theta + s * sum) : s * sum;
}

std::string number(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

double student_quantile(int n, double confidence) {
  double low = 0, high = 1;
  while (student_probability(n, high) < confidence) high *= 2;
  for (int k = 0; k < 100; ++k) {
    const double middle = (low + high) / 2;
    (student_probability(n, middle) < confidence ? low : high) = middle;
  }
  return (low + high) / 2;
}

Spread spread(const std::vector<double>& values, double confidence) {
  Spread s{0, 0, kNone, kNone};
  double squares = 0;
  for (const double v : values)
    if (std::isfinite(v)) ++s.n, s.mean += v;
  s.mean = s.n > 0 ? s.mean / s.n : kNone;
  if (s.n < 2) return s;
  for (const double v : values)
    if (std::isfinite(v)) squares += (v - s.mean) * (v - s.mean);
  s.sd = std::sqrt(squares / (s.n - 1));
  s.half_width = student_quantile(s.n - 1, confidence) * s.sd / std::sqrt(static_cast<double>(s.n));
  return s;
}

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
