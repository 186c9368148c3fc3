// Every dataset of an N-back results.h5, once: the facts record lists this table, and what is written takes
// its dims, units and description from here (nback.md 6.3).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::nback {

const std::vector<Output>& outputs();

// Of the row with this path, placeholders as written there.
Meaning meaning_of(const std::string& path);

// The path with its placeholders filled: {"split", "novel_angle"} for <split>.
std::string filled(std::string path, const std::map<std::string, std::string>& values);

}  // namespace tsd::nback
