// What a file is that is not what was expected.
#pragma once
#include <filesystem>
#include <string>

namespace tsd {

// By its first bytes: "; it is a Git LFS pointer: ...", ready to end an error's text. Empty where they say
// nothing.
std::string told_kind(const std::filesystem::path& file);

}  // namespace tsd
