// Whole numbers on the command line, read as in a config: decimal, nothing else.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

namespace tsd::cli {

struct Bounds {
  std::int64_t least = std::numeric_limits<std::int64_t>::min(),
               most = std::numeric_limits<std::int64_t>::max();
};
constexpr Bounds kOfInt = {std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};

// What is no such number ends with a usage error that names option, expected and got.
CLI::Option* add_integer(CLI::App& command, const std::string& name,
                         const std::function<void(std::int64_t)>& keep, const std::string& help,
                         const Bounds& bounds);

inline CLI::Option* add_integer(CLI::App& command, const std::string& name,
                                std::optional<std::int64_t>& target, const std::string& help,
                                const Bounds& bounds = {}) {
  return add_integer(
      command, name, [&target](std::int64_t value) { target = value; }, help, bounds);
}

inline CLI::Option* add_integer(CLI::App& command, const std::string& name, std::optional<int>& target,
                                const std::string& help, const Bounds& bounds = kOfInt) {
  return add_integer(
      command, name, [&target](std::int64_t value) { target = static_cast<int>(value); }, help, bounds);
}

inline CLI::Option* add_integer(CLI::App& command, const std::string& name, int& target,
                                const std::string& help, const Bounds& bounds = kOfInt) {
  return add_integer(
             command, name, [&target](std::int64_t value) { target = static_cast<int>(value); }, help, bounds)
      ->default_str(std::to_string(target));
}

}  // namespace tsd::cli
