// tsd collect: the runs of a sweep in one file. tsd table: their means over seeds.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/runs/sweep_file.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/user_path.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd::cli {

namespace {

void warn_of_unfinished(const SweepTable& table) {
  const auto unfinished =
      std::ranges::count_if(table.runs, [](const Entry& run) { return run.state != "done"; });
  if (unfinished > 0)
    log_warning(std::to_string(unfinished) + " of " + std::to_string(table.runs.size()) +
                " runs are not done");
}

void add_collect_command(CLI::App& app) {
  struct Options {
    std::string directory, out;
    std::vector<std::string> datasets;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "collect", "the runs below a directory in one table: settings, last and best metrics");
  command->add_option("directory", options->directory, "of a sweep")->required();
  command->add_option("--out", options->out, "where sweep.h5 and sweep.csv go; default: into that directory");
  command->add_option("--dataset", options->datasets,
                      "path of a dataset of results.h5, stacked along the runs; may be given again");
  command->footer("Example:\n  tsd collect results/sweep --dataset /train/epoch");
  command->callback([options] {
    const SweepTable table = collect_runs(expanded_path(options->directory));
    const std::filesystem::path out = expanded_path(options->out.empty() ? options->directory : options->out);
    make_directories(out);
    if (options->out.empty()) refuse_read_only(out, "--out FOLDER has a place for the table");
    write_sweep(out / "sweep.h5", table, options->datasets);
    write_atomically(out / "sweep.csv", std::string_view(csv(table_of_runs(table))));
    warn_of_unfinished(table);
    log_info(std::to_string(table.runs.size()) + " runs: " + (out / "sweep.h5").string() + ", " +
             (out / "sweep.csv").string());
  });
}

void add_table_command(CLI::App& app) {
  struct Options {
    std::string directory, metric;
    std::vector<std::string> by;
    bool csv = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "table", "mean and SD of the finished runs below a directory, over seeds, for each setting");
  command->add_option("directory", options->directory, "of a sweep")->required();
  command
      ->add_option("--by", options->by, "keys that tell settings apart; default: all that differ, but seeds")
      ->delimiter(',');
  command->add_option("--metric", options->metric,
                      "column of metrics.csv, in its last row; default: best and last of the family's own");
  command->add_flag("--csv", options->csv, "as CSV");
  command->footer("Example:\n  tsd table results/two_by_two --by model_type,mode");
  command->callback([options] {
    const SweepTable table = collect_runs(expanded_path(options->directory));
    const Table means = table_by(table, options->by, options->metric);
    std::cout << (options->csv ? csv(means) : aligned(means));
    warn_of_unfinished(table);
  });
}

}  // namespace

void add_collect(CLI::App& app, Context&) {
  add_collect_command(app);
  add_table_command(app);
}

}  // namespace tsd::cli
