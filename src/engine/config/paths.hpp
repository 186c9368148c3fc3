// The paths of inputs among the values of a config.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/inputs.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

// Of a field that must_exist(): those it names, without choices and empty texts.
std::vector<std::string*> paths_of(const Field& field);

// Absolute, as it lies in the file system: the same from any working folder.
std::string absolute_path(const std::filesystem::path& path);

// Makes each path absolute that is a default and there; the paths that a config gives are so already.
void complete_paths(Schema& schema);

// Of inputs that tsd analyze does not read: before the config is read, that they need not be there; then that
// there are none, or what the run kept of them. Those that an override names are read.
void leave_out(Schema& schema, const LookBack& back, const std::vector<std::string>& overrides);
void replace_left_out(Schema& schema, const LookBack& back);

// In schema order, not yet read: without those of fields whose `unread` tells that nothing does.
std::vector<Input> inputs_of(const Schema& schema);

}  // namespace tsd::config
