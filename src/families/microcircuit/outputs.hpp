// Every dataset of a microcircuit results.h5, once (microcircuit.md 6.3).
#pragma once
#include <string>
#include <vector>

#include "families/microcircuit/series.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::microcircuit {

const std::vector<Output>& outputs();
Meaning meaning_of(const std::string& path);  // of the row with this path, placeholders as written there
Meaning meaning_of(const SeriesFacts& series);

}  // namespace tsd::microcircuit
