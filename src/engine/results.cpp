#include "engine/results.hpp"

#include "tsd/engine/provenance.hpp"
#include "tsd/engine/run_directory.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {

void write_results(const std::filesystem::path& file, const std::string& filetype, const RunConfig& config,
                   const ResultFacts& facts, const std::function<void(Hdf5Writer&)>& content) {
  Hdf5Writer results(file);
  results.attribute("/", "filetype", filetype);
  results.attribute("/", "format_version", std::int64_t{1});
  results.attribute("/", "tsd_version", build_info().version);
  results.attribute("/", "git_sha", build_info().git_sha);
  results.attribute("/", "created_utc", utc_now());
  results.attribute("/", "family", config.family->name);
  results.attribute("/", "config_name", config.name);
  results.attribute("/", "index", config.index.value_or(-1));  // -1: not of a sweep
  results.attribute("/", "seed", static_cast<std::int64_t>(config.seed));
  results.attribute("/", "device", facts.device);
  results.attribute("/", "threads", std::int64_t{facts.threads});
  results.attribute("/", "processor", processor_features());
  results.attribute("/", "libtorch", facts.libtorch);
  results.attribute("/", "hdf5", hdf5_version());
  results.attribute("/", "host", host_name());
  results.attribute("/", "config_sha256", config.sha256);
  results.attribute("/", "status", std::string(name_of(RunState::done)));
  if (facts.flat)
    results.attribute("/", "config_yaml", config.yaml);
  else
    results.text("/provenance/config_yaml", config.yaml, {"", "", "resolved configuration of the run"});
  content(results);
  results.close();
}

}  // namespace tsd
