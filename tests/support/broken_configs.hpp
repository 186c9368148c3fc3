// Every *.yaml of a folder starts with the messages that it must give, in lines "#! message", and with the
// overrides of its command line, if any, in lines "#= key=value".
#pragma once
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"

namespace tsd::test {

inline std::string message_of(const std::filesystem::path& path, std::span<const Family> families,
                              const std::vector<std::string>& overrides) {
  try {
    const ConfigFile file(path, families);
    file.resolve(file.is_sweep() ? std::optional(file.indices().front()) : std::nullopt, overrides);
  } catch (const ConfigError& e) {
    return std::string(e.what()) + "\n";
  }
  return "no error\n";
}

// Returns how many there are. Messages name the files relative to the folder.
inline int check_broken_configs(const std::filesystem::path& folder, std::span<const Family> families) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    const std::filesystem::path file = entry.path().filename();
    if (file.extension() != ".yaml") continue;
    std::string expected;
    std::vector<std::string> overrides;
    std::istringstream lines(slurp(file));
    for (std::string line; std::getline(lines, line) && line.starts_with("#");) {
      if (line.starts_with("#! ")) expected += line.substr(3) + "\n";
      if (line.starts_with("#= ")) overrides.push_back(line.substr(3));
    }
    INFO(file.string());
    CHECK(!expected.empty());
    CHECK(message_of(file, families, overrides) == expected);
    ++count;
  }
  std::filesystem::current_path(before);
  return count;
}

}  // namespace tsd::test
