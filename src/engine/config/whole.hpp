// Everything one config can say: the engine's own keys and the family's, bound to one set of values.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "tsd/engine/config.hpp"

namespace tsd::config {

struct Whole {
  explicit Whole(const Family& of) : family(of.name), configuration(of.make()) {
    schema.field("family", family, "which family of models: names the subcommand").one_of({of.name});
    schema.field("description", description, "one line for people");
    schema.field("seed", seed, "of every random stream of the run");
    configuration->describe(schema);
    schema.group("run", run, "how the run goes; no number depends on it but device and threads' last bits");
  }
  Whole(const Whole&) = delete;
  Whole& operator=(const Whole&) = delete;

  std::string family, description;
  std::uint64_t seed = 1;
  RunOptions run;
  std::shared_ptr<Configuration> configuration;
  Schema schema;  // points into the members above
};

}  // namespace tsd::config
