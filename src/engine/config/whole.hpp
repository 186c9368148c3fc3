// Everything one config can say: the engine's own keys and the family's, bound to one set of values.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "tsd/engine/config/config.hpp"

namespace tsd::config {

struct Whole {
  explicit Whole(const Family& of);
  Whole(const Whole&) = delete;
  Whole& operator=(const Whole&) = delete;

  void check(Problems& problems) const;  // rules across fields: the engine's and the family's

  std::string family, description;
  std::uint64_t seed = 1;
  RunOptions run;
  std::shared_ptr<Configuration> configuration;
  Schema schema;  // points into the members above
};

}  // namespace tsd::config
