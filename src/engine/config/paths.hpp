// The paths of inputs among the values of a config.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tsd/engine/run/inputs.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd::config {

// Of a field that must_exist(): those it names, without choices and empty texts.
std::vector<std::string*> paths_of(const Field& field);

// Absolute, as it lies in the file system: the same from any working folder.
std::string absolute_path(const std::filesystem::path& path);

// Makes each path absolute that is a default and there; the paths that a config gives are so already.
void complete_paths(Schema& schema);

// In schema order, not yet read: without those of fields whose `unread` tells that nothing does.
std::vector<Input> inputs_of(const Schema& schema);

}  // namespace tsd::config
