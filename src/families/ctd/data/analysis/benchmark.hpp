// What the Neural Latents Benchmark says of its datasets (ctd_data.md 6.4).
#pragma once
#include <string>

#include "families/ctd/data/model/model.hpp"

namespace tsd::ctd_data {

// DataError where a recording under the name of one of its datasets has another number of steps, with the bin
// width that it would have then. Names of one's own pass.
void check_benchmark(const std::string& dataset, const Extents& extents, const std::string& file);

}  // namespace tsd::ctd_data
