// Features of all stimuli as a table that any tool can make or read (nback.md 6.4), and synthetic ones (2.9).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "families/nback/data/task.hpp"

namespace tsd::nback {

struct FeatureFile {
  StimulusSet set;
  int F = 0;
  std::vector<float> features;  // [S, F]
  std::string backbone, weights, bn;
};

// /features [S, F] f4, /path, and the integers /category, /identity (indices into the sorted names),
// /location, /angle, rows in any order; attributes backbone, weights, bn_mode, preprocessing. Errors
// (DataError): path, dataset, expected, got. The design must be complete, the columns must agree with the
// file names, and features must be finite.
FeatureFile read_features(const std::filesystem::path& path);
void write_features(const std::filesystem::path& path, const FeatureFile& table);

// ReLU(1.0 u_category + 0.7 u_identity + 0.15 u_location + 0.3 u_angle + 0.3 u_(identity, angle) + 0.1 noise)
// / 4 with independent standard normal vectors u in R^2048, for four categories.
FeatureFile synthetic_features(int identities, std::uint64_t seed);

}  // namespace tsd::nback
