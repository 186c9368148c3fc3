// The families' own subcommands.
#include <memory>

#include "cli/commands.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/user_path.hpp"

namespace tsd::cli {

namespace {

struct ToolOptions {
  std::string config, out;
  std::vector<std::string> overrides;
};

void run(const ToolOptions& options, const Family& family, const Tool& tool, Context& context) {
  const ConfigFile file(expanded_path(options.config), context.families);
  if (&file.family() != &family)
    throw UsageError(options.config + ": tsd " + tool.command + " needs a config of family " + family.name +
                     ", got " + file.family().name);
  const auto first = file.is_sweep() ? std::optional(file.indices().front()) : std::nullopt;
  const RunConfig config = file.resolve(first, options.overrides);
  context.accelerator.before_computing(context.arguments);
  RunContext surroundings;
  surroundings.seed = config.seed;
  surroundings.device = context.accelerator.resolve_device(config.run.device);
  surroundings.threads = config.run.threads > 0 ? config.run.threads : processor_count();
  context.accelerator.set_threads(surroundings.threads);
  tool.run(*config.configuration, surroundings, expanded_path(options.out));
}

}  // namespace

void add_tools(CLI::App& app, Context& context) {
  for (const Family& family : context.families)
    for (const Tool& tool : family.tools) {
      auto options = std::make_shared<ToolOptions>();
      options->out = tool.out;
      auto* command = app.add_subcommand(tool.command, tool.help);
      command->add_option("--config", options->config, "YAML file")->required();
      command->add_option("overrides", options->overrides, "key.path=value, over the file");
      command->add_option("--out", options->out, "where to write")->capture_default_str();
      command->footer("Example:\n  tsd " + tool.command + " --config " + family.example);
      command->callback([options, &family, &tool, &context] { run(*options, family, tool, context); });
    }
}

}  // namespace tsd::cli
