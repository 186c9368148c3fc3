// tsd schema: JSON Schema for editors, or what the pages of one family say: keys, datasets.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "tsd/engine/config/config.hpp"

namespace tsd::cli {

namespace {

struct SchemaOptions {
  std::string markdown, formats;
  bool families = false;
};

const Family& family_named(const Context& context, const std::string& option, const std::string& name) {
  std::string names;
  for (const Family& known : context.families) {
    if (known.name == name) return known;
    names += (names.empty() ? "" : ", ") + known.name;
  }
  throw UsageError(option + ": unknown family; expected one of " + names + ", got " + name);
}

void print_rows(const std::vector<Output>& outputs) {
  for (const Output& output : outputs)
    std::cout << "| `" << output.path << "` | " << output.dims << " | " << output.units << " | "
              << output.description << " |\n";
}

void run(const SchemaOptions& options, const Context& context) {
  if (!options.markdown.empty()) {
    std::cout << config_reference(family_named(context, "--markdown", options.markdown));
  } else if (!options.formats.empty()) {
    const Family& family = family_named(context, "--formats", options.formats);
    print_rows(family.outputs);
    for (const Analysis& analysis : family.analyses) print_rows(analysis.outputs);
  } else if (options.families) {
    for (const Family& family : context.families) std::cout << family.name << "\n";
  } else {
    std::cout << json_schema(context.families);
  }
}

}  // namespace

void add_schema(CLI::App& app, Context& context) {
  auto options = std::make_shared<SchemaOptions>();
  auto* command = app.add_subcommand("schema", "the JSON Schema of all configs");
  auto* markdown =
      command->add_option("--markdown", options->markdown, "a family: its keys as a Markdown table instead");
  auto* formats =
      command->add_option("--formats", options->formats, "a family: rows for its datasets instead");
  auto* families = command->add_flag("--families", options->families, "the names of the families instead");
  markdown->excludes(formats)->excludes(families);
  formats->excludes(families);
  command->footer("Example:\n  tsd schema > configs/schema/tsd.schema.json");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace tsd::cli
