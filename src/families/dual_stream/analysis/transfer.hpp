// Part of the analysis `human`: the transfer test of the 5-4 structure beside people.
#pragma once
#include "families/dual_stream/experiment.hpp"

namespace tsd::dual_stream {

std::vector<Output> transfer_outputs();
// Whether the items are of that structure; only then something is written.
bool write_transfer(DualStreamExperiment& e, Hdf5Writer& results);

}  // namespace tsd::dual_stream
