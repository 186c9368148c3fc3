// Numbers of a config by their key path.
#pragma once
#include <optional>
#include <string>

#include "families/dual_stream/config.hpp"

namespace tsd::dual_stream {

std::optional<double> number_at(Config& config, const std::string& key);  // nothing where it is none
void set_number(Config& config, const std::string& key, double value);

}  // namespace tsd::dual_stream
