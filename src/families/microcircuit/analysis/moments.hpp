// Mean and population standard deviation over students, element by element.
#pragma once
#include <cmath>
#include <vector>

namespace tsd::microcircuit {

struct Moments {
  std::vector<double> mean, std;
};

inline Moments moments(const std::vector<std::vector<double>>& of_students) {
  const auto count = static_cast<double>(of_students.size());
  const std::size_t size = of_students.front().size();
  Moments m{std::vector<double>(size), std::vector<double>(size)};
  for (std::size_t e = 0; e < size; ++e) {
    for (const auto& values : of_students) m.mean[e] += values[e] / count;
    double square = 0;
    for (const auto& values : of_students) square += std::pow(values[e] - m.mean[e], 2) / count;
    m.std[e] = std::sqrt(square);
  }
  return m;
}

}  // namespace tsd::microcircuit
