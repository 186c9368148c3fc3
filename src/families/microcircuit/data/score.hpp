// How well samples are answered that a student does not learn from.
#pragma once
#include <span>

#include "families/microcircuit/data/samples.hpp"

namespace tsd::microcircuit {

struct Score {
  double accuracy;  // share of samples where the output of their class is the largest; NaN without classes
  double error;     // squared, summed over outputs: the mean over samples
};

// answers: potentials, [sample][output].
Score score_of(const Samples& samples, std::size_t outputs, std::span<const double> answers);

}  // namespace tsd::microcircuit
