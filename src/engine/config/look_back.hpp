// What an analysis reads of the config of a finished run.
#pragma once
#include <string>
#include <vector>

#include "engine/config/whole.hpp"
#include "engine/schema/reader.hpp"
#include "tsd/engine/config/config.hpp"

namespace tsd::config {

// Of inputs that it does not read: before the config is read, that they need not be there; then that there are
// none, or what the run kept of them. Those that an override names are read.
std::vector<Field*> leave_out(Schema& schema, const LookBack& back,
                              const std::vector<std::string>& overrides);
void replace_left_out(const std::vector<Field*>& left_out, const LookBack& back);

// A run whose configuration has the CPU alone was once taken with another device, which it did not use.
void forget_device(Whole& whole, const Places& places);

// What the command line sets and none of the analyses asked for reads.
void refuse_unread(const Schema& schema, const LookBack& back, const Places& places, Report& report);

}  // namespace tsd::config
