#include "families/plastic/analysis/detection.hpp"

#include "tsd/math/statistics.hpp"

namespace tsd::plastic {

Detection detection(const Score& score) {
  Detection d;
  d.scenes = score.scenes;
  d.accuracy = double(score.scenes - score.errors()) / score.scenes;
  d.tpr = 1 - score.false_negative_rate();
  d.fpr = score.false_positive_rate();
  d.dprime = math::z_of_share(score.familiar - score.false_negatives, score.familiar) -
             math::z_of_share(score.false_positives, score.novel());
  return d;
}

double chance(const TaskSpec& task, int R, int T) {
  double familiar = 0, of_block = 0;  // probability in the block of R scenes; none in the first
  for (int s = 0; s < T; ++s) {
    if (s > 0 && s % R == 0) of_block = task.repeat_probability * (1 - of_block);
    familiar += of_block;
  }
  return 1 - familiar / T;
}

}  // namespace tsd::plastic
