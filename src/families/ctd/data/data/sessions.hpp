// Recordings of different neurons fitted together: one recording of all their neurons, of which each trial has its
// session's (ctd_data.md 2.5).
#pragma once
#include <memory>
#include <vector>

#include "families/ctd/data/data/recording.hpp"

namespace tsd::ctd_data {

// One after the other: held-in neurons of all sessions, then held-out ones; trials likewise. DataError where
// recordings have other steps or inputs than the first. files: for errors.
Recording joined(std::vector<Recording> all, const std::vector<std::string>& files);

}  // namespace tsd::ctd_data
