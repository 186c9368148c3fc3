// Groups of models, e.g. the seeds of one setting, and the table that people see.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/table.hpp"

namespace tsd::compare {

// Of the values that are there; NaN where there are too few.
struct Spread {
  int n = 0;
  double mean, sd, half_width;  // sample standard deviation; Student's interval of the mean
};
Spread spread(const std::vector<double>& values, double confidence);

// The number that |t| stays below with probability `confidence`, t of Student's distribution.
double student_quantile(int degrees_of_freedom, double confidence);

struct Column {
  std::string name;
  std::vector<double> values;  // of each model
};
Table model_table(const std::vector<std::string>& names, const std::vector<Column>& columns);
// Groups in order of appearance; the first model, the reference, is in none.
std::vector<std::string> distinct_groups(const std::vector<std::string>& groups);
std::vector<double> members(const std::vector<double>& values, const std::vector<std::string>& groups,
                            const std::string& group);
Table group_table(const std::vector<std::string>& groups, const std::vector<Column>& columns,
                  double confidence);

}  // namespace tsd::compare
