// Runs of the subjects, as the suite asks for them.
#pragma once
#include <csignal>
#include <string>
#include <vector>

#include "conformance/subject.hpp"
#include "support/run_files.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {

namespace fs = std::filesystem;
using namespace test;

inline std::vector<Subject> subjects_and_others() {
  std::vector<Subject> all;
  for (const auto& subject : subjects()) {
    all.push_back(subject);
    all.insert(all.end(), subject.others.begin(), subject.others.end());
  }
  return all;
}

inline RunRequest request_for(const Subject& subject, const fs::path& directory,
                              std::vector<std::string> more = {}) {
  set_quiet(true);
  const ConfigFile file(subject.config, subject_families());
  auto overrides = subject.overrides;
  overrides.insert(overrides.end(), more.begin(), more.end());
  RunRequest request;
  request.config =
      file.resolve(file.is_sweep() ? std::optional(file.indices().front()) : std::nullopt, overrides);
  request.directory = directory;
  return request;
}

inline RunResult run(const RunRequest& request) { return run_one(request, subject_accelerator()); }

// As if SIGTERM came during the step after `steps` more.
inline RunResult run_until(RunRequest request, std::int64_t steps) {
  request.stop = [steps]() mutable { return --steps == 0 ? SIGTERM : 0; };
  return run(request);
}

// A dataset that is there for the name and length of an axis alone.
inline bool is_axis(const Hdf5Reader& file, const std::string& path) {
  return !file.has_attribute(path, "units");
}

inline void find_datasets(const Hdf5Reader& file, const std::string& group, std::vector<std::string>& found) {
  for (const auto& name : file.list(group)) {
    const auto path = (group == "/" ? "" : group) + "/" + name;
    try {
      find_datasets(file, path, found);
    } catch (const DataError&) {  // not a group
      found.push_back(path);
    }
  }
}

}  // namespace tsd
