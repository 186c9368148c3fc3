// Groups of models, e.g. the seeds of one setting, and the table that people see.
#pragma once
#include <string>
#include <vector>

#include "tsd/engine/table.hpp"
#include "tsd/math/spread.hpp"

namespace tsd::compare {

using math::Spread, math::spread, math::student_quantile;

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
