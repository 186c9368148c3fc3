#include "cli/usage.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/config/text.hpp"

namespace tsd::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const auto near = config::nearest(word, candidates);
  return near.empty() ? "" : "; did you mean " + near + "?";
}

// What is missing, or given too often, without the library's own words.
std::string in_words(const CLI::ParseError& error, const std::string& command) {
  const std::string text = error.what(), missing = " is required",
                    often = ": At Most 1 required but received ";
  if (text.ends_with(missing))
    return command + ": expected " + text.substr(0, text.size() - missing.size()) + ", got none";
  if (const auto at = text.find(often); at != std::string::npos)
    return text.substr(0, at) + ": expected once, got " + text.substr(at + often.size()) + " times";
  return text;
}

}  // namespace

std::string no_such_command(const CLI::App& app, const std::string& name) {
  return name + ": no such command" + did_you_mean(name, command_names(app)) + "; see tsd --help";
}

std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          std::span<const std::string> arguments) {
  const auto commands = command_names(app);
  const std::string first = arguments.empty() ? "" : arguments[0];
  const bool is_command = std::find(commands.begin(), commands.end(), first) != commands.end();
  const std::string help = "; see tsd " + (is_command ? first + " " : "") + "--help";
  if (!is_command && !first.starts_with("-")) return no_such_command(app, first);
  const auto options = option_names(is_command ? *app.get_subcommand(first) : app);
  for (const auto& argument : arguments) {
    const auto name = argument.substr(0, argument.find('='));
    if (name.size() > 2 && name.starts_with("--") &&
        std::find(options.begin(), options.end(), name) == options.end())
      return name + ": no such option" + did_you_mean(name, options) + help;
  }
  return in_words(error, is_command ? first : "tsd") + help;
}

}  // namespace tsd::cli
