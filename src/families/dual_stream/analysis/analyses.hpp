// What finished runs show on a closer look (dual_stream.md 7, 11).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::dual_stream {

class DualStreamExperiment;

Analysis learning();   // areas under the curves, crossover, clusters and attention
Analysis maps();       // answers over the plane of two features
Analysis human();      // the six problems and the 5-4 structure beside people
Analysis reference();  // differences to published curves

// The run that an analysis looks at: a finished one, or the best one of a fit.
DualStreamExperiment& run_of(Experiment& finished);

}  // namespace tsd::dual_stream
