// What two runs must have in common if they are the same run.
#pragma once
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "support/process.hpp"
#include "tsd/engine/run/run_directory.hpp"

namespace tsd::test {

// results.h5 without its time stamp and without the checksum behind it, which covers that stamp, too. HDF5 puts
// equal content into equal bytes; an attribute's text stands there as it is.
inline std::string results_payload(const std::filesystem::path& file) {
  std::string bytes = slurp(file);
  bytes.erase(std::min(bytes.size(), bytes.rfind("tsd-xxh3_128 ")));
  const std::string stamp_pattern = "0000-00-00T00:00:00Z";
  const auto is_stamp = [&](std::size_t at) {
    for (std::size_t i = 0; i < stamp_pattern.size(); ++i) {
      const char c = bytes[at + i], p = stamp_pattern[i];
      if (p == '0' ? c < '0' || c > '9' : c != p) return false;
    }
    return true;
  };
  for (std::size_t at = 0; at + stamp_pattern.size() <= bytes.size(); ++at)
    if (is_stamp(at)) bytes.replace(at, stamp_pattern.size(), stamp_pattern);
  return bytes;
}

// File name -> content: every checkpoint but `prev` (which depends on when checkpoints were made), metrics
// and results.
inline std::map<std::string, std::string> run_files(const std::filesystem::path& root) {
  const RunDirectory directory{root};
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory.checkpoints()))
    if (entry.path().stem() != "prev") files[entry.path().filename().string()] = slurp(entry.path());
  files["metrics.csv"] = slurp(directory.metrics());
  files["results.h5"] = results_payload(directory.results());
  return files;
}

// The names of those that differ, for a readable failure.
inline std::string differing(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto first = run_files(a), second = run_files(b);
  std::string names;
  for (const auto& [name, content] : first)
    if (!second.contains(name) || second.at(name) != content) names += name + " ";
  for (const auto& [name, content] : second)
    if (!first.contains(name)) names += name + " ";
  return names;
}

}  // namespace tsd::test
