// tsd schema: JSON Schema for editors, or one family's fields as a Markdown table.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "tsd/engine/config.hpp"

namespace tsd::cli {

void add_schema(CLI::App& app, Context& context) {
  auto family = std::make_shared<std::string>();
  auto* command = app.add_subcommand("schema", "the JSON Schema of all configs");
  command->add_option("--markdown", *family, "a family: its fields as a Markdown table instead");
  command->footer("Example:\n  tsd schema > configs/schema/tsd.schema.json");
  command->callback([family, &context] {
    if (family->empty()) {
      std::cout << json_schema(context.families);
      return;
    }
    std::string names;
    for (const Family& known : context.families) {
      if (known.name == *family) {
        std::cout << config_reference(known);
        return;
      }
      names += (names.empty() ? "" : ", ") + known.name;
    }
    throw UsageError("--markdown: unknown family; expected one of " + names + ", got " + *family);
  });
}

}  // namespace tsd::cli
