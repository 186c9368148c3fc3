#include "families/plastic/analysis/config.hpp"

#include <cmath>

namespace tsd::plastic {

int Eval::hebbff_next(int R_test) const { return static_cast<int>(std::ceil(hebbff_growth * R_test)); }

namespace {

void describe_idealised(Schema& s, Eval& e) {
  s.field("idealised_neurons", e.idealised_neurons,
          "idealised detector: addressed neurons; null: as many as the first layer has")
      .at_least(1);
  s.field("idealised_inputs", e.idealised_inputs, "its plastic inputs per neuron; null: vec_len").at_least(1);
  s.field("idealised_fpr", e.idealised_fpr, "false alarms allowed to it").above(0).below(0.5);
  s.field("idealised_tpr", e.idealised_tpr, "hits asked of it at its capacity").above(0.5).below(1);
}

}  // namespace

void describe(Schema& s, Eval& e) {
  s.field("curve_R_min", e.curve_R_min, "curve: repeat intervals from 1 to below this")
      .range(2, 100000)
      .unit("scenes");
  s.field("curve_R_per_R", e.curve_R_per_R, "curve: or to below so many times the trained one, where more")
      .range(1, 1000);
  s.field("curve_T_min", e.curve_T_min, "curve: least scenes of a sequence").range(1, 1e6).unit("scenes");
  s.field("curve_T_per_R", e.curve_T_per_R, "curve: scenes per repeat interval, where that is more")
      .range(1, 100000);
  s.field("hebbff_growth", e.hebbff_growth,
          "HebbFF's: next interval as multiple of the last, rounded up, until hits are no more frequent than "
          "false alarms")
      .range(1, 100)
      .above(1);
  s.field("hebbff_max_R", e.hebbff_max_R, "HebbFF's: largest repeat interval")
      .range(1, 100000)
      .unit("scenes");
  s.field("hebbff_T_min", e.hebbff_T_min, "HebbFF's: least scenes of a sequence")
      .range(1, 1e6)
      .unit("scenes");
  s.field("hebbff_T_per_R", e.hebbff_T_per_R, "HebbFF's: scenes per repeat interval, where that is more")
      .range(1, 100000);
  s.field("confirm_scenes", e.confirm_scenes,
          "least fresh scenes, in sequences as in training, on which a mastered interval must reach "
          "acc_threshold")
      .range(1, 1e8)
      .unit("scenes");
  s.field("mechanism_scenes", e.mechanism_scenes,
          "scenes of the sequence that `mechanism` shows, and of all together by whose familiar scenes it "
          "decodes age")
      .range(100, 1e6)
      .unit("scenes")
      .read_by({"mechanism"});
  describe_idealised(s, e);
  s.read_by({"generalisation"});
  for (Field& field : s.fields()) field.may_change();  // asked of what has been learnt
}

void describe(Schema& s, RecordStates& states) {
  s.field("T_step", states.T_step, "frames of which matrices are kept, after the first R scenes")
      .range(1, 1e6)
      .unit("frames")
      .read_by({"states"});
  s.field(
       "R", states.R,
       "repeat intervals whose models are shown a sequence; none: the largest mastered, or if there is none "
       "the latest model")
      .range(1, 100000)
      .read_by({"states", "mechanism"});
  for (Field& field : s.fields()) field.may_change();
}

}  // namespace tsd::plastic
