// Words for a wrong command line.
#pragma once
#include <CLI/CLI.hpp>
#include <span>
#include <string>

namespace tsd::cli {

// One line: what is wrong, what was probably meant, where to read on.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          std::span<const std::string> arguments);

// "trian: no such command; did you mean train?; see tsd --help"
std::string no_such_command(const CLI::App& app, const std::string& name);

}  // namespace tsd::cli
