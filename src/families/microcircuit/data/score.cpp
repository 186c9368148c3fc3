#include "families/microcircuit/data/score.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::microcircuit {

Score score_of(const Samples& samples, std::size_t n_N, std::span<const double> answers) {
  const std::size_t count = answers.size() / n_N;
  Score score{0, 0};
  for (std::size_t sample = 0; sample < count; ++sample) {
    const auto answer = answers.subspan(sample * n_N, n_N);
    const auto target = std::span(samples.target).subspan(sample * n_N, n_N);
    for (std::size_t k = 0; k < n_N; ++k)
      score.error += std::pow(answer[k] - target[k], 2) / static_cast<double>(count);
    if (samples.label.empty()) continue;
    const auto chosen = std::ranges::max_element(answer) - answer.begin();
    score.accuracy += (chosen == samples.label[sample]) / static_cast<double>(count);
  }
  if (samples.label.empty()) score.accuracy = NAN;
  return score;
}

}  // namespace tsd::microcircuit
