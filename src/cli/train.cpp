// tsd train, and the same under each family's command, which then checks the family.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/config_folder.hpp"
#include "cli/integer_option.hpp"
#include "cli/runs/search.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/failure.hpp"
#include "tsd/engine/memory.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/fork.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/run/run_many.hpp"
#include "tsd/engine/user_path.hpp"

namespace tsd::cli {

namespace {

struct TrainOptions {
  std::string config, out = "results", resume = "auto", device, retry;
  std::optional<std::string> from;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> index, begin, end, until;
  std::optional<int> threads;
  int jobs = 1;
  bool dry_run = false, print_config = false, quiet = false, json = false;
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

// Of a sweep, --from may be the folder of another: each index then begins from the run of its number there.
std::optional<ForkPoint> parent_of(const TrainOptions& options, const RunConfig& config) {
  if (!options.from) return std::nullopt;
  ForkPoint from = fork_point(*options.from);
  const auto of_index = from.run / (config.index ? std::to_string(*config.index) : "");
  if (config.index && std::filesystem::is_directory(of_index)) from.run = of_index;
  return from;
}

// Before anything runs. A run that has begun needs its parent no more.
bool begins_from_parent(const RunRequest& request) {
  return request.from && !std::filesystem::exists(RunDirectory{request.directory}.checkpoints());
}

void check_parents(const std::vector<RunRequest>& requests) {
  for (const RunRequest& request : requests)
    if (begins_from_parent(request))
      (void)read_fork(*request.from, request.config, digested(request.config.inputs));
}

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

void add_requests(const TrainOptions& options, const ConfigFile& file,
                  const std::vector<std::optional<std::int64_t>>& indices,
                  std::vector<RunRequest>& requests) {
  std::vector<std::string> overrides = options.overrides;
  if (!options.device.empty()) overrides.push_back("run.device=" + options.device);
  if (options.until) overrides.push_back("run.until=" + std::to_string(*options.until));
  if (options.threads) overrides.push_back("run.threads=" + std::to_string(*options.threads));
  for (const auto& index : indices) {
    RunRequest request;
    request.config = file.resolve(index, overrides);
    request.directory = run_directory(expanded_path(options.out), request.config);
    request.from = parent_of(options, request.config);
    request.resume = resume_mode(options.resume);
    request.threads = std::max(1, threads_of_all(request.config) / std::max(1, options.jobs));
    request.bar = Progress::on_terminal() && options.jobs == 1 && !options.quiet;
    requests.push_back(std::move(request));
  }
}

// Runs at a time share what memory there is.
void share_memory(const TrainOptions& options, std::vector<RunRequest>& requests) {
  const auto at_once =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(1, options.jobs)), requests.size());
  const double memory = free_memory() / static_cast<double>(at_once);
  for (auto& request : requests) request.memory = memory;
}

std::string memory_of(const RunConfig& config) {
  const auto needs = config.configuration->memory();
  return needs.empty() ? "" : ", at least " + bytes_text(total_bytes(needs)) + " of memory";
}

ConfigFile open_config(const std::filesystem::path& path, const Family* wanted, const Context& context) {
  ConfigFile file(path, context.families, wanted);
  if (wanted && &file.family() != wanted)
    throw UsageError(path.string() + ": family " + file.family().name + " does not belong to " +
                     wanted->command + "; use tsd " + file.family().command + " or tsd train");
  return file;
}

// Of one family, since those may take their steps together.
std::vector<RunRequest> requests_of_folder(const TrainOptions& options, const std::filesystem::path& folder,
                                           const Family* wanted, const Context& context) {
  if (options.index)
    throw UsageError("--index: " + folder.string() + " is a folder; --begin and --end choose");
  std::vector<RunRequest> requests;
  for (const auto& path : configs_in(folder, options.begin, options.end)) {
    const ConfigFile file = open_config(path, wanted, context);
    if (file.is_sweep()) throw UsageError(path.string() + ": a sweep; it has to be given alone");
    add_requests(options, file, {std::nullopt}, requests);
    const Family* first = requests.front().config.family;
    if (&file.family() != first)
      throw UsageError(path.string() + ": family " + file.family().name +
                       "; expected that of the folder's others, " + first->name);
  }
  return requests;
}

// "None" is what the dual stream's original says for its folder of configs.
std::optional<std::filesystem::path> folder_of(const std::string& config) {
  const std::filesystem::path path = config == "None" ? "configs" : config;
  return std::filesystem::is_directory(path) ? std::optional(path) : std::nullopt;
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
  const ManyOptions many{options.jobs, threads_of_all(requests.front().config), options.retry == "failed"};
  const auto results = run_many(requests, many, context.accelerator);
  if (!options.json) std::cout << summary_table(results);
  for (const RunResult& result : results)
    if (options.json) std::cout << json_line(result.directory, result.code, result.message);
  context.exit = worst(results);
}

void train(const TrainOptions& options, const Family* wanted, Context& context) {
  set_quiet(options.quiet);
  const auto folder = folder_of(options.config);
  bool single = false;
  std::vector<RunRequest> requests;
  if (folder) {
    requests = requests_of_folder(options, *folder, wanted, context);
  } else {
    const ConfigFile file = open_config(expanded_path(options.config), wanted, context);
    single = !file.is_sweep();
    add_requests(options, file, chosen_indices(options, file), requests);
  }
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

void declare(CLI::App& command, const Family* family, Context& context) {
  auto options = std::make_shared<TrainOptions>();
  command.add_option("--config", options->config, "YAML file, or JSON; or a folder of them")->required();
  command.add_option("overrides", options->overrides, "key.path=value, over the file");
  add_integer(command, "--index", options->index, "one index of a sweep");
  add_integer(command, "--begin", options->begin, "first index of a sweep, or number of a folder's configs");
  add_integer(command, "--end", options->end, "last one, included");
  add_integer(command, "--jobs", options->jobs, "runs at a time; they share the threads", {1, 4096});
  command.add_option("--device", options->device, "auto, cpu or cuda[:k]");
  add_integer(command, "--threads", options->threads, "threads of all jobs together; 0: all processors",
              {0, 4096});
  command.add_option("--out", options->out, "where run directories go")->capture_default_str();
  command
      .add_option("--resume", options->resume,
                  "auto: go on or start; must: go on; never: refuse a directory in use")
      ->check(CLI::IsMember({"auto", "must", "never"}))
      ->capture_default_str();
  command
      .add_option("--retry", options->retry, "failed: of a sweep, also run what failed or diverged before")
      ->check(CLI::IsMember({"failed"}));
  command.add_option(
      "--from", options->from,
      "RUN[@last|@prev]: begin with the state of that run, and go on with these settings; of a "
      "sweep also its folder, index by index");
  add_integer(command, "--until", options->until,
              "leave each run after this step, with a checkpoint, to go on later; exit code 0",
              {1, std::numeric_limits<std::int64_t>::max()});
  command.add_flag("--dry-run", options->dry_run, "say what would run, and stop");
  command.add_flag("--print-config", options->print_config,
                   "print the resolved config with the origin of each value, and stop");
  command.add_flag("--json", options->json, "at the end a line of JSON for each run, instead of a table");
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
