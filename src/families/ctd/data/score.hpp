// How near a model comes to the truth, on validation trials (ctd_data.md 4.4, compare.md 7.1).
#pragma once
#include "families/ctd/data/model/backend.hpp"
#include "tsd/train/history.hpp"

namespace tsd::ctd_data {

// NaN where the recording has no truth, or the model no such output.
struct Scores {
  double epoch = 0;
  double rate_r2 = 0, state_r2 = 0, input_r2 = 0;  // state and input: affine maps fitted to the same data
  // The same two ways, as means over columns: of true inputs by the generator's, and back.
  double input_r2_to_true = 0, input_r2_to_inferred = 0;
  double bps = 0, hi_bps = 0, ho_bps = 0;  // bits per spike: all neurons, held-in, held-out
  double fp_bps = 0;                       // of all, in steps that no encoder saw

  static Scores none();
};

// What must hold for a column to be there.
enum : unsigned { kLfads = 1, kHeldOut = 2, kForward = 4 };

inline constexpr train::Column<Scores> kScores[] = {
    {"epoch", "epochs", "epochs at whose end the model was compared with the truth",
     train::kept<0, &Scores::epoch>, train::Shown::results},
    {"rate_r2", "", "explained variance of true rates by inferred ones, validation trials",
     train::kept<1, &Scores::rate_r2>},
    {"state_r2_in_sample", "",
     "explained variance of inferred latents by true ones through an affine map fitted to them; higher than "
     "state_r2 of compare, which fits it to training trials",
     train::kept<2, &Scores::state_r2>},
    {"state_r2", "", "state_r2_in_sample under its former name; not the state_r2 of compare",
     [](const Scores& s) { return s.state_r2; }, train::Shown::results},
    {"input_r2_in_sample", "", "explained variance of recorded inputs by the generator's through such a map",
     train::kept<3, &Scores::input_r2>, train::Shown::everywhere, kLfads},
    {"input_r2", "", "input_r2_in_sample under its former name; not the input_r2 of compare",
     [](const Scores& s) { return s.input_r2; }, train::Shown::results, kLfads},
    {"input_r2_to_true", "",
     "input_r2_in_sample as a mean over recorded inputs, of the generator's or of their independent components",
     train::kept<4, &Scores::input_r2_to_true>, train::Shown::everywhere, kLfads},
    {"input_r2_to_inferred", "", "explained variance of these by recorded inputs, mean over them",
     train::kept<5, &Scores::input_r2_to_inferred>, train::Shown::everywhere, kLfads},
    {"bps", "bits per spike", "gain over each neuron's mean rate, all neurons", train::kept<6, &Scores::bps>},
    {"hi_bps", "bits per spike", "the same of held-in neurons", train::kept<7, &Scores::hi_bps>},
    {"ho_bps", "bits per spike", "the same of held-out neurons", train::kept<8, &Scores::ho_bps>},
    {"fp_bps", "bits per spike", "the same of all neurons in steps that no encoder saw",
     [](const Scores& s) { return s.fp_bps; }, train::Shown::everywhere, kForward},
};

// independent: the generator's inputs become independent components before the last two.
Scores scores_of(const ModelSpec& spec, const Recording& recording, const Outputs& outputs,
                 bool independent = false);

}  // namespace tsd::ctd_data
