// People on the six problems: Nosofsky, Gluck, Palmeri, McKinley & Glauthier 1994, doi:10.3758/BF03200862,
// Table 1 (dual_stream.md 13.1).
#pragma once
#include <array>
#include <vector>

namespace tsd::dual_stream {

inline constexpr int kPeopleBlocks = 25;  // of 16 trials
inline constexpr int kScoredBlocks = 16;  // those that models are compared on
inline constexpr int kEpochsPerBlock = 2;
inline constexpr double kAnswersPerCell = 640;  // 40 learners, 16 trials

// Wrong answers of the 40 learners of each problem in each block; who had learnt counts as right ever after.
extern const std::array<std::array<int, kPeopleBlocks>, 6> kPeopleErrors;

double people_error(int type, int block);  // share; types from 1, blocks from 0

// What a curve by blocks is worth, cell by cell of the problems in `types`: error[type][block].
struct Fit {
  double sse = 0;   // sum of squared differences
  double rmsd = 0;  // root of their mean
  double g2 = 0;    // twice the distance from the saturated binomial log likelihood
};
Fit fit_to_people(const std::vector<int>& types, const std::vector<std::vector<double>>& error, int blocks);

}  // namespace tsd::dual_stream
