// What sessions' neurons are read in by, and how their readouts begin (ctd_data.md 2.5).
#pragma once
#include <string>
#include <vector>

#include "families/ctd/data/config.hpp"
#include "families/ctd/data/data/sessions.hpp"

namespace tsd::ctd_data {

// Of one recording's held-in neurons, as lfads-torch's files have it.
struct RecordedReadin {
  std::vector<float> weight, inverse;  // [neuron, model.readin_dim]
  std::vector<float> bias;             // counts per step
};

// The datasets readin_weight and readout_bias; DataError with path, dataset, expected, got. A warning where the
// readout would begin with rates beyond bounds.
RecordedReadin read_readin(const Config& config, const std::string& file, int neurons);
// Says that the file has such, where nothing reads them.
void tell_unread_readin(const std::string& file);

// Puts each session's read-in in the place of what was drawn for all neurons alike: recorded weights, and their
// pseudo-inverse into the readout; or weights of the size that its own neurons ask for.
void begin_sessions(const Sessions& sessions, const LfadsSpec& spec, const Layout& layout,
                    std::vector<float>& parameters);

}  // namespace tsd::ctd_data
