// tsd train, and the same under each family's command, which then checks the family.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/integer_option.hpp"
#include "cli/runs/requests.hpp"
#include "cli/runs/search.hpp"
#include "tsd/engine/failure.hpp"
#include "tsd/engine/memory.hpp"
#include "tsd/engine/run/fork.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/run_many.hpp"
#include "tsd/engine/yaml/flat_yaml.hpp"

namespace tsd::cli {

namespace {

struct TrainOptions : RunChoice {
  bool fits = false, dry_run = false, print_config = false, json = false;
};

// Without a run: whether its state fits, and whether anything comes after it.
void try_fork(const RunRequest& request, const Accelerator& accelerator) {
  const Fork fork = read_fork(*request.from, request.config, digested(request.config.inputs));
  accelerator.set_threads(request.threads);
  RunContext context;
  context.directory = request.directory;
  context.seed = request.config.seed;
  context.device = accelerator.resolve_device(request.config.run.device);
  context.threads = request.threads;
  context.load_weights = [](const std::string&) { return std::nullopt; };
  take_over(fork, *request.config.configuration->build(context));
}

// Runs at a time share what memory there is.
void share_memory(const TrainOptions& options, std::vector<RunRequest>& requests) {
  const auto at_once =
      std::min<std::size_t>(static_cast<std::size_t>(options.jobs.value_or(1)), requests.size());
  const double memory = free_memory() / static_cast<double>(at_once);
  for (auto& request : requests) request.memory = memory;
}

std::string memory_of(const RunConfig& config) {
  const auto needs = config.configuration->memory();
  return needs.empty() ? "" : ", at least " + bytes_text(total_bytes(needs)) + " of memory";
}

std::string from_text(const RunRequest& request) {
  return request.from ? ", from " + request.from->run.string() + "@" + request.from->checkpoint : "";
}

void print_plan(const std::vector<RunRequest>& requests) {
  for (const auto& request : requests)
    std::cout << run_label(request.config) << " -> " << request.directory.string() << "  ("
              << request.config.family->name << ", seed " << request.config.seed << ", " << request.threads
              << " thread(s)" << memory_of(request.config) << from_text(request) << ", config "
              << request.config.sha256 << ")\n";
}

bool needs_library(const std::vector<RunRequest>& requests, const Accelerator& accelerator) {
  return std::ranges::any_of(requests, [&](const RunRequest& request) {
    return request.config.configuration->needs_library() || !accelerator.is_cpu(request.config.run.device);
  });
}

void run_single(const RunRequest& request, const TrainOptions& options, Context& context) {
  RunResult result;
  try {
    result = run_one(request, context.accelerator);
  } catch (...) {
    const Failure failure = failure_of(std::current_exception(), context.accelerator);
    if (options.json) std::cout << json_line(request.directory, failure.code, failure.message);
    throw;
  }
  context.exit = result.code;
  if (options.json) std::cout << json_line(request.directory, result.code, result.message);
  if (!result.worked)
    log_info(result.label + ": nothing left to do, see " + result.directory.string());
  else
    log_info(result.label + ": " + std::string(name_of(result.state)) + ", " + result.directory.string() +
             (result.message.empty() ? "" : ": " + result.message));
}

void run_all(const std::vector<RunRequest>& requests, const TrainOptions& options, Context& context) {
  const ManyOptions many{options.jobs.value_or(1), threads_of_all(requests.front().config),
                         options.retry == "failed"};
  const auto results = run_many(requests, many, context.accelerator);
  if (!options.json) std::cout << summary_table(results);
  for (const RunResult& result : results)
    if (options.json) std::cout << json_line(result.directory, result.code, result.message);
  context.exit = worst(results);
}

// A family whose configs may search for parameters says so with a group `fit`.
void check_fit(const std::vector<RunRequest>& requests) {
  for (const auto& request : requests) {
    const auto values = flat_yaml(request.config.yaml);
    const auto parameters = values.find("fit.parameters");
    if (parameters == values.end())
      throw UsageError("fit: runs of " + request.config.family->name + " have nothing that is fitted");
    if (parameters->second == "[]")
      throw UsageError("fit: nothing to fit; expected key paths in fit.parameters, got none");
  }
}

void train(const TrainOptions& options, const Family* wanted, Context& context) {
  set_quiet(options.quiet);
  auto [requests, single] = requests_of(options, wanted, context);
  if (options.fits) check_fit(requests);
  share_memory(options, requests);
  if (options.print_config) {
    for (const auto& request : requests) std::cout << request.config.yaml_with_origins;
    return;
  }
  check_parents(requests);
  const bool forks = std::ranges::any_of(requests, begins_from_parent);
  if (options.dry_run && !forks) return print_plan(requests);
  if (needs_library(requests, context.accelerator)) context.accelerator.before_computing(context.arguments);
  if (options.dry_run) {
    for (const auto& request : requests)
      if (begins_from_parent(request)) try_fork(request, context.accelerator);
    return print_plan(requests);
  }
  single ? run_single(requests[0], options, context) : run_all(requests, options, context);
}

void declare(CLI::App& command, const Family* family, Context& context, const std::string& own_example = "") {
  auto options = std::make_shared<TrainOptions>();
  options->fits = command.get_name() == "fit";
  declare_choice(command, *options);
  command.get_option("--jobs")->default_str("1");
  add_integer(command, "--index", options->index, "one index of a sweep");
  command
      .add_option("--resume", options->resume,
                  "auto: go on or start; must: go on; never: refuse a directory in use")
      ->check(CLI::IsMember({"auto", "must", "never"}))
      ->capture_default_str();
  add_integer(command, "--until", options->until,
              "leave each run after this step, with a checkpoint, to go on later; exit code 0",
              {1, std::numeric_limits<std::int64_t>::max()});
  command.add_flag("--dry-run", options->dry_run, "say what would run, and stop");
  command.add_flag("--print-config", options->print_config,
                   "print the resolved config with the origin of each value, and stop");
  command.add_flag("--json", options->json, "at the end a line of JSON for each run, instead of a table");
  command.add_flag("--quiet", options->quiet, "warnings and errors only");
  const std::string example = !own_example.empty() ? own_example
                              : family             ? family->example
                                                   : context.families.front().example;
  command.footer("Example:\n  tsd " + command.get_name() + " --config " + example +
                 " seed=2\nThe same command again goes on where a run stopped.");
  command.callback([options, family, &context] { train(*options, family, context); });
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  declare(*app.add_subcommand("train", "train what the config describes"), nullptr, context);
  declare(
      *app.add_subcommand("fit", "search the parameters that the config names, for people or another run"),
      nullptr, context, "configs/dual_stream/fit_people.yaml");
  for (const Family& family : context.families)
    declare(*app.add_subcommand(family.command, family.title), &family, context);
}

}  // namespace tsd::cli
