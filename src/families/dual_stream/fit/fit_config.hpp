// What `fit:` of a config says (dual_stream.md 13.3).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::dual_stream {

enum class Measure { rmsd, likelihood };

struct FitConfig {
  std::vector<std::string> parameters, linear;
  std::vector<double> low, high;
  std::optional<std::string> target;
  Measure measure = Measure::rmsd;
  int starts = 4, evaluations = 500, bootstrap = 0;
  bool individual = false, profile = false;

  bool wanted() const { return !parameters.empty(); }
  bool is_linear(std::size_t parameter) const;
  // The value that stands at `place` in [0, 1] of the range, and back.
  double value(std::size_t parameter, double place) const;
  double place(std::size_t parameter, double value) const;
};

void describe(Schema& schema, FitConfig& config);

}  // namespace tsd::dual_stream
