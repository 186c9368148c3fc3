// The root of a config: the engine's own keys with the family's beside them.
#pragma once
#include <memory>
#include <string>

#include "tsd/engine/config.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/engine/schema.hpp"

namespace tsd::config {

// Fields point into it, so it does not move.
struct Root {
  explicit Root(const Family& family);
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  std::string family_name, description;
  std::uint64_t seed = 1;
  RunOptions run;
  std::shared_ptr<Configuration> configuration;
  Schema schema;
};

void check(const RunOptions& options, Problems& problems);

}  // namespace tsd::config
