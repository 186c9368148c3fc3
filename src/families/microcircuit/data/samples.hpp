// Inputs with what should be answered to them.
#pragma once
#include <cstdint>
#include <vector>

namespace tsd::microcircuit {

struct Samples {
  std::vector<double> input;  // rates, [sample][n_0]
  std::vector<double>
      target;  // potentials, [sample][n_N]; empty: none. Phased: [step][n_N] as a teacher gives them
  std::vector<std::int64_t> label;  // class of each sample, from 0; empty: no classes
  bool held = true;                 // a target for each sample, not for each step
  bool by_class = false;            // targets were made of classes
};

// Potentials of the outputs: `high` for the class, `low` for the others.
inline std::vector<double> targets_of(const std::vector<std::int64_t>& label, int classes, double low,
                                      double high) {
  std::vector<double> target;
  for (const std::int64_t own : label)
    for (int k = 0; k < classes; ++k) target.push_back(k == own ? high : low);
  return target;
}

}  // namespace tsd::microcircuit
