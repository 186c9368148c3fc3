#include "tsd/engine/user_path.hpp"

#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "tsd/error.hpp"

namespace tsd {
namespace {

std::string variable(const std::string& name, const std::string& path) {
  const char* value = std::getenv(name.c_str());
  if (!value)
    throw UsageError(path + ": the environment variable " + name + " is not set; set it, or write the path");
  return value;
}

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string with_variables(const std::string& path) {
  std::string text;
  for (std::size_t i = 0; i < path.size();) {
    if (path[i] != '$') {
      text += path[i++];
      continue;
    }
    const bool braced = path.compare(i + 1, 1, "{") == 0;
    const std::size_t begin = i + (braced ? 2 : 1);
    std::size_t end = begin;
    while (end < path.size() && is_of_name(path[end])) ++end;
    if (end == begin || (braced && path.compare(end, 1, "}") != 0)) {  // no name: a dollar sign
      text += path[i++];
      continue;
    }
    text += variable(path.substr(begin, end - begin), path);
    i = end + (braced ? 1 : 0);
  }
  return text;
}

}  // namespace

std::string expanded_path(const std::string& path) {
  std::error_code ignored;
  if (path.find_first_of("~$") == std::string::npos || std::filesystem::exists(path, ignored)) return path;
  const std::string plain = with_variables(path);
  if (!plain.starts_with('~')) return plain;
  if (plain.size() > 1 && plain[1] != '/')
    throw UsageError(path + ": another person's home is not looked up; write the path");
  return variable("HOME", path) + plain.substr(1);
}

}  // namespace tsd
