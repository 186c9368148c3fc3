// tsd sweep: which index stands for which settings; with --engine, the unfinished ones to a scheduler.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/programs/submission.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/table.hpp"

namespace tsd::cli {

namespace {

Table index_table(const ConfigFile& file) {
  Table table{{"index"}, {}};
  for (auto index : file.indices())
    for (const auto& [key, value] : file.settings(index))
      if (std::find(table.columns.begin(), table.columns.end(), key) == table.columns.end())
        table.columns.push_back(key);
  for (auto index : file.indices()) {
    const auto settings = file.settings(index);
    std::vector<std::string> row = {std::to_string(index)};
    for (std::size_t c = 1; c < table.columns.size(); ++c) {
      const auto found = settings.find(table.columns[c]);
      row.push_back(found == settings.end() ? "" : found->second);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

void add_sweep(CLI::App& app, Context& context) {
  struct Options : Submission {
    std::string engine;
    bool list = false, csv = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("sweep", "what the indices of a sweep stand for; or all of them to a cluster");
  auto* engine =
      command->add_option("--engine", options->engine, "submit what is unfinished to this scheduler")
          ->check(CLI::IsMember({"slurm"}));
  declare_submission(*command, *options);
  for (CLI::Option* option : command->get_options())
    if (option != engine && option->get_name() != "--config" && option != command->get_help_ptr())
      option->needs(engine)->group("With --engine");
  command->add_flag("--list", options->list, "a row for each index (the default)")->excludes(engine);
  command->add_flag("--csv", options->csv, "as CSV")->excludes(engine);
  command->footer(
      "Example:\n  tsd sweep --list --config configs/nback/seeds.yaml\n"
      "  tsd sweep --engine slurm --config configs/nback/seeds.yaml --time 4:00:00 --mem 4G --then collect");
  command->callback([options, &context] {
    if (!options->engine.empty()) return submit_runs(*options, context);
    const ConfigFile file(options->choice.config, context.families);
    if (!file.is_sweep()) throw UsageError(options->choice.config + ": has no sweep");
    const Table table = index_table(file);
    std::cout << (options->csv ? csv(table) : aligned(table));
  });
}

}  // namespace tsd::cli
