// What a config says about the analyses of a run (plastic.md 7.2, 7.4).
#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "tsd/engine/schema/schema.hpp"

namespace tsd::plastic {

struct Eval {
  int curve_T_min = 1000, curve_T_per_R = 200, curve_R_min = 20, curve_R_per_R = 5;
  int hebbff_T_min = 5000, hebbff_T_per_R = 20, hebbff_max_R = 1000;
  double hebbff_growth = 1.3;
  int confirm_scenes = 10000, mechanism_scenes = 2000;
  std::optional<int> idealised_neurons, idealised_inputs;
  double idealised_fpr = 0.01, idealised_tpr = 0.99;

  int curve_end(int R) const { return std::max(curve_R_min, curve_R_per_R * R); }  // exclusive
  int curve_scenes(int R_test) const { return std::max(curve_T_min, curve_T_per_R * R_test); }
  int hebbff_scenes(int R_test) const { return std::max(hebbff_T_min, hebbff_T_per_R * R_test); }
  int hebbff_next(int R_test) const;
};
void describe(Schema& schema, Eval& eval);

struct RecordStates {
  int T_step = 96;
  std::vector<int> R;
};
void describe(Schema& schema, RecordStates& states);

}  // namespace tsd::plastic
