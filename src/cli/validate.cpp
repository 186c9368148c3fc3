// tsd validate: every problem of every file, and no run.
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include "cli/commands.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/failure.hpp"

namespace tsd::cli {

namespace {

// Defaults that name files, which a command may have yet to make.
void note_missing(const RunConfig& config, std::set<std::string>& missing) {
  std::error_code ignored;
  for (const Input& input : config.inputs)
    if (!std::filesystem::exists(input.path, ignored)) missing.insert(input.key + ", " + input.path);
}

// Resolves every index; the first that is wrong tells its problems.
std::set<std::string> check(const std::string& path, Context& context) {
  const ConfigFile file(path, context.families);
  std::set<std::string> missing;
  if (!file.is_sweep())
    note_missing(file.resolve(std::nullopt, {}), missing);
  else
    for (auto index : file.indices()) note_missing(file.resolve(index, {}), missing);
  return missing;
}

}  // namespace

void add_validate(CLI::App& app, Context& context) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("validate", "check config files without running them");
  command->add_option("files", *files, "YAML files")->required();
  command->footer("Example:\n  tsd validate configs/microcircuit/*.yaml configs/plastic/*.yaml");
  command->callback([files, &context] {
    for (const auto& path : *files) {
      try {
        const std::set<std::string> missing = check(path, context);
        std::cout << path << ": ok\n";
        for (const std::string& input : missing) std::cout << path << ": not there yet: " << input << "\n";
      } catch (...) {
        const auto [code, message] = failure_of(std::current_exception(), context.accelerator);
        std::cerr << message << "\n";
        if (context.exit != Exit::config) context.exit = code;
      }
    }
  });
}

}  // namespace tsd::cli
