// How far values of repetitions lie apart, and how sure their mean is.
#pragma once
#include <vector>

namespace tsd::math {

// Of the values that are there; NaN where there are too few.
struct Spread {
  int n = 0;
  double mean, sd, half_width;  // sample standard deviation; Student's interval of the mean
};
Spread spread(const std::vector<double>& values, double confidence);

// The number that |t| stays below with probability `confidence`, t of Student's distribution.
double student_quantile(int degrees_of_freedom, double confidence);

}  // namespace tsd::math
