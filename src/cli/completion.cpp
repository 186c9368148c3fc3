// tsd completion bash|zsh|fish: a script for the shell, made of the commands, options and keys there are.
#include "cli/completion.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "cli/commands.hpp"
#include "engine/config/whole.hpp"
#include "engine/schema/reader.hpp"
#include "tsd/engine/device_kinds.hpp"

namespace tsd::cli {

namespace {

// CLI11 shows the choices of an option in the name of its type: "TEXT:{auto,must,never}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> choices;
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

// Keys of a family's configs, ready for a value.
std::vector<std::string> keys_of(const Family& family) {
  config::Whole whole(family);
  std::vector<std::string> words;
  for (const std::string& key : config::key_paths(whole.schema))
    if (key != "family") words.push_back(key + "=");
  return words;
}

// What a name on the command line may stand for, where no check of an option says it.
std::vector<std::string> names_for(const std::string& option, std::span<const Family> families) {
  std::set<std::string> names;
  for (const Family& family : families) {
    if (option == "--markdown") names.insert(family.name);
    if (option == "--only")
      for (const Analysis& analysis : family.analyses) names.insert(analysis.name);
  }
  if (option == "--device") {
    names = {"auto", "cpu"};
    names.insert(device_kinds().begin(), device_kinds().end());
  }
  return {names.begin(), names.end()};
}

std::vector<CompletedCommand> commands_of(const CLI::App& app, std::span<const Family> families) {
  std::vector<CompletedCommand> commands;
  for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; })) {
    CompletedCommand command{one->get_name(), one->get_description(), {}, {}};
    for (const CLI::Option* option : one->get_options()) {
      for (const auto& name : option->get_lnames()) {
        CompletedOption completed{"--" + name, option->get_description(),
                                  option->get_items_expected_max() > 0, choices_of(*option)};
        if (completed.choices.empty()) completed.choices = names_for(completed.name, families);
        command.options.push_back(std::move(completed));
      }
      if (option->get_positional()) command.words = choices_of(*option);
    }
    const auto family = std::ranges::find(families, command.name, &Family::command);
    if (family != families.end()) command.words = keys_of(*family);
    commands.push_back(std::move(command));
  }
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  std::ranges::find(commands, "help", &CompletedCommand::name)->words = names;
  return commands;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  using Script = std::string (*)(const std::vector<CompletedCommand>&);
  static const std::map<std::string, Script> scripts = {
      {"bash", bash_completion}, {"fish", fish_completion}, {"zsh", zsh_completion}};
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "a script that lets a shell complete tsd's command lines");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "fish", "zsh"}));
  command->footer(
      "Example:\n"
      "  tsd completion bash > ~/.local/share/bash-completion/completions/tsd\n"
      "  tsd completion zsh > ~/.zfunc/_tsd        with fpath+=~/.zfunc before compinit\n"
      "  tsd completion fish > ~/.config/fish/completions/tsd.fish");
  command->callback(
      [shell, &app, &context] { std::cout << scripts.at(*shell)(commands_of(app, context.families)); });
}

}  // namespace tsd::cli
