// One function per subcommand: it declares its options and what to do when they are parsed.
#pragma once
#include <CLI/CLI.hpp>
#include <span>

#include "tsd/engine/accelerator.hpp"
#include "tsd/engine/experiment.hpp"
#include "tsd/error.hpp"

namespace tsd::cli {

struct Context {
  std::span<const Family> families;
  const Accelerator& accelerator;
  char** arguments;      // of main
  Exit exit = Exit::ok;  // set by the subcommand that ran
};

void add_train(CLI::App& app, Context& context);  // train, and one command per family
void add_tools(CLI::App& app, Context& context);  // the families' own
void add_analyze(CLI::App& app, Context& context);
void add_sweep(CLI::App& app, Context& context);
void add_list(CLI::App& app, Context& context);
void add_collect(CLI::App& app, Context& context);  // collect and table
void add_plot(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_validate(CLI::App& app, Context& context);
void add_schema(CLI::App& app, Context& context);
void add_info(CLI::App& app, Context& context);
void add_help(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

}  // namespace tsd::cli
