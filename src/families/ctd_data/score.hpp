// How near a model comes to the truth, on validation trials (ctd_data.md 4.4, compare.md 7.1).
#pragma once
#include <array>
#include <string_view>

#include "families/ctd_data/backend.hpp"

namespace tsd::ctd_data {

// NaN where the recording has no truth, or the model no such output.
struct Scores {
  double epoch = 0;
  double rate_r2 = 0, state_r2 = 0, input_r2 = 0;  // state and input: affine maps fitted to the same data
  // The same two ways, as means over columns: of true inputs by the generator's, and back.
  double input_r2_to_true = 0, input_r2_to_inferred = 0;
  double bps = 0, hi_bps = 0, ho_bps = 0;  // bits per spike: all neurons, held-in, held-out

  static constexpr std::size_t kNumbers = 9;
};

struct ScoreName {
  std::string_view name;  // in metrics.csv and results.h5
  double Scores::*value;
  bool of_lfads = false;
};
inline constexpr std::array kScores = {
    ScoreName{"rate_r2", &Scores::rate_r2},
    ScoreName{"state_r2_in_sample", &Scores::state_r2},
    ScoreName{"input_r2_in_sample", &Scores::input_r2, true},
    ScoreName{"input_r2_to_true", &Scores::input_r2_to_true, true},
    ScoreName{"input_r2_to_inferred", &Scores::input_r2_to_inferred, true},
    ScoreName{"bps", &Scores::bps},
    ScoreName{"hi_bps", &Scores::hi_bps},
    ScoreName{"ho_bps", &Scores::ho_bps},
};

// independent: the generator's inputs become independent components before the last two.
Scores scores_of(const ModelSpec& spec, const Recording& recording, const Outputs& outputs,
                 bool independent = false);

}  // namespace tsd::ctd_data
