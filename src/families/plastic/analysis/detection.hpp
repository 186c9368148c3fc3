// How well familiar scenes are told from novel ones.
#pragma once
#include "families/plastic/model/backend.hpp"

namespace tsd::plastic {

struct Detection {
  int scenes = 0;
  double accuracy = 0, tpr = 0, fpr = 0;  // of all, of familiar, of novel scenes; NaN without any
  double dprime = 0;
};

// d' of signal detection: z(hits) - z(false alarms), z = math::z_of_share.
Detection detection(const Score& score);

// Expected accuracy of one who calls every scene novel (plastic.md 2.2): familiar scenes need a novel one R
// before.
double chance(const TaskSpec& task, int R, int T);

}  // namespace tsd::plastic
