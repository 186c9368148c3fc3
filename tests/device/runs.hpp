// Smoke runs of every family with a backend in LibTorch, on any device.
#pragma once
#include <set>

#include "conformance/requests.hpp"

namespace tsd {

// The smoke config of each family and its other cells and tasks, for LibTorch. compare computes with own kernels alone.
inline std::vector<Subject> plain_subjects() {
  std::vector<Subject> all;
  for (Subject subject : subjects_and_others())
    if (subject.config.find("/compare/") == std::string::npos) {
      subject.overrides.push_back("backend=torch");
      all.push_back(std::move(subject));
    }
  return all;
}

inline std::vector<std::string> on(const std::string& device) { return {"run.device=" + device, "run.threads=1"}; }

// The names of datasets that differ; what tells of time, device and config aside.
inline std::string differing_datasets(const fs::path& a, const fs::path& b) {
  const Hdf5Reader first(a), second(b);
  std::vector<std::string> of_a, of_b;
  find_datasets(first, "/", of_a);
  find_datasets(second, "/", of_b);
  std::string names;
  for (const auto& path : std::set<std::string>(of_a.begin(), of_a.end())) {
    if (path.starts_with("/provenance/")) continue;
    const auto bytes = [&](const Hdf5Reader& file) { return file.dataset(path).bytes; };
    try {
      if (!second.exists(path) || bytes(first) != bytes(second)) names += path + " ";
    } catch (const DataError&) {  // text
      if (first.strings(path) != second.strings(path)) names += path + " ";
    }
  }
  if (of_a != of_b) names += "(not the same datasets)";
  return names;
}

}  // namespace tsd
