// tsd train, and the same under each family's command, which then checks the family.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "tsd/engine/config.hpp"
#include "tsd/engine/log.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/progress.hpp"
#include "tsd/engine/run_many.hpp"

namespace tsd::cli {

namespace {

struct TrainOptions {
  std::string config, out = "results", resume = "auto", device, retry;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> index, begin, end;
  std::optional<int> threads;
  int jobs = 1;
  bool dry_run = false, print_config = false, quiet = false;
};

Resume resume_mode(const std::string& name) {
  return name == "must" ? Resume::must : name == "never" ? Resume::never : Resume::automatic;
}

std::vector<std::optional<std::int64_t>> chosen_indices(const TrainOptions& options, const ConfigFile& file) {
  const bool range = options.begin || options.end;
  if (!file.is_sweep()) {
    if (options.index || range)
      throw UsageError("--index, --begin, --end: " + options.config + " has no sweep");
    return {std::nullopt};
  }
  if (options.index && range) throw UsageError("--index and --begin/--end exclude each other");
  const auto all = file.indices();
  if (options.index) return {options.index};
  for (const auto& bound : {options.begin, options.end})
    if (bound && (*bound < all.front() || *bound > all.back()))
      throw UsageError("--begin/--end: expected indices within " + std::to_string(all.front()) + " to " +
                       std::to_string(all.back()) + ", got " + std::to_string(*bound));
  std::vector<std::optional<std::int64_t>> chosen;
  for (auto index : all)
    if (index >= options.begin.value_or(all.front()) && index <= options.end.value_or(all.back()))
      chosen.emplace_back(index);
  if (chosen.empty())
    throw UsageError("--begin/--end: expected --begin not after --end, got " +
                     std::to_string(*options.begin) + " and " + std::to_string(*options.end));
  return chosen;
}

int threads_of_all(const RunConfig& config) {
  return config.run.threads > 0 ? config.run.threads : processor_count();
}

std::vector<RunRequest> make_requests(const TrainOptions& options, const ConfigFile& file) {
  std::vector<std::string> overrides = options.overrides;
  if (!options.device.empty()) overrides.push_back("run.device=" + options.device);
  if (options.threads) overrides.push_back("run.threads=" + std::to_string(*options.threads));
  std::vector<RunRequest> requests;
  for (const auto& index : chosen_indices(options, file)) {
    RunRequest request;
    request.config = file.resolve(index, overrides);
    request.directory = run_directory(options.out, request.config);
    request.resume = resume_mode(options.resume);
    request.threads = std::max(1, threads_of_all(request.config) / std::max(1, options.jobs));
    request.bar = Progress::on_terminal() && options.jobs == 1 && !options.quiet;
    requests.push_back(std::move(request));
  }
  return requests;
}

void print_plan(const std::vector<RunRequest>& requests) {
  for (const auto& request : requests)
    std::cout << run_label(request.config) << " -> " << request.directory.string() << "  ("
              << request.config.family->name << ", seed " << request.config.seed << ", " << request.threads
              << " thread(s), config " << request.config.sha256.substr(0, 12) << ")\n";
}

void train(const TrainOptions& options, const Family* wanted, Context& context) {
  set_quiet(options.quiet);
  const ConfigFile file(options.config, context.families, wanted);
  if (wanted && &file.family() != wanted)
    throw UsageError(options.config + ": family " + file.family().name + " does not belong to " +
                     wanted->command + "; use tsd " + file.family().command + " or tsd train");
  const auto requests = make_requests(options, file);
  if (options.print_config) {
    for (const auto& request : requests) std::cout << request.config.yaml_with_origins;
    return;
  }
  if (options.dry_run) return print_plan(requests);
  context.accelerator.before_computing(context.arguments);
  if (requests.size() == 1 && !file.is_sweep()) {
    const RunResult result = run_one(requests[0], context.accelerator);
    context.exit = result.code;
    if (!result.worked)
      log_info(result.label + ": nothing left to do, see " + result.directory.string());
    else
      log_info(result.label + ": " + std::string(name_of(result.state)) + ", " + result.directory.string() +
               (result.message.empty() ? "" : ": " + result.message));
    return;
  }
  const ManyOptions many{options.jobs, threads_of_all(requests.front().config), options.retry == "failed"};
  const auto results = run_many(requests, many, context.accelerator);
  std::cout << summary_table(results);
  context.exit = worst(results);
}

void declare(CLI::App& command, const Family* family, Context& context) {
  auto options = std::make_shared<TrainOptions>();
  command.add_option("--config", options->config, "YAML file, or JSON")->required();
  command.add_option("overrides", options->overrides, "key.path=value, over the file");
  command.add_option("--index", options->index, "one index of a sweep");
  command.add_option("--begin", options->begin, "first index of a sweep");
  command.add_option("--end", options->end, "last index of a sweep, included");
  command.add_option("--jobs", options->jobs, "runs at a time; they share the threads")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command.add_option("--device", options->device, "auto, cpu or cuda[:k]");
  command.add_option("--threads", options->threads, "threads of all jobs together; 0: all processors")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--out", options->out, "where run directories go")->capture_default_str();
  command
      .add_option("--resume", options->resume,
                  "auto: go on or start; must: go on; never: refuse a directory in use")
      ->check(CLI::IsMember({"auto", "must", "never"}))
      ->capture_default_str();
  command
      .add_option("--retry", options->retry, "failed: of a sweep, also run what failed or diverged before")
      ->check(CLI::IsMember({"failed"}));
  command.add_flag("--dry-run", options->dry_run, "say what would run, and stop");
  command.add_flag("--print-config", options->print_config,
                   "print the resolved config with the origin of each value, and stop");
  command.add_flag("--quiet", options->quiet, "warnings and errors only");
  const std::string example = family ? family->example : context.families.front().example;
  command.footer("Example:\n  tsd " + command.get_name() + " --config " + example +
                 " seed=2\nThe same command again goes on where a run stopped.");
  command.callback([options, family, &context] { train(*options, family, context); });
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  declare(*app.add_subcommand("train", "train what the config describes"), nullptr, context);
  for (const Family& family : context.families)
    declare(*app.add_subcommand(family.command, family.title), &family, context);
}

}  // namespace tsd::cli
