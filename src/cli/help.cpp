// tsd help [command]: the same as tsd [command] --help.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/usage.hpp"

namespace tsd::cli {

void add_help(CLI::App& app, Context&) {
  auto name = std::make_shared<std::string>();
  auto* command = app.add_subcommand("help", "what a command does and takes");
  command->add_option("command", *name, "one of tsd's; without it, an overview of all");
  command->footer("Example:\n  tsd help train");
  command->callback([name, &app] {
    const auto named = [&](const CLI::App* one) { return one->get_name() == *name; };
    const auto found = app.get_subcommands(named);
    if (!name->empty() && found.empty()) throw UsageError(no_such_command(app, *name));
    const CLI::App& asked = found.empty() ? app : *found.front();
    const std::string words = found.empty() ? "tsd" : "tsd " + *name;
    std::cout << asked.get_formatter()->make_help(&asked, words, CLI::AppFormatMode::Normal);
  });
}

}  // namespace tsd::cli
