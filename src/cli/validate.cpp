// tsd validate: every problem of every file, and no run.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/failure.hpp"

namespace tsd::cli {

namespace {
// Resolves every index; the first that is wrong tells its problems.
void check(const std::string& path, Context& context) {
  const ConfigFile file(path, context.families);
  if (!file.is_sweep()) {
    file.resolve(std::nullopt, {});
    return;
  }
  for (auto index : file.indices()) file.resolve(index, {});
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
        check(path, context);
        std::cout << path << ": ok\n";
      } catch (...) {
        const auto [code, message] = failure_of(std::current_exception(), context.accelerator);
        std::cerr << message << "\n";
        if (context.exit != Exit::config) context.exit = code;
      }
    }
  });
}

}  // namespace tsd::cli
