#include "cli/runs/requests.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/config_folder.hpp"
#include "cli/integer_option.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/fork.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/user_path.hpp"

namespace tsd::cli {

namespace {

Resume resume_mode(const std::string& name) {
  return name == "must" ? Resume::must : name == "never" ? Resume::never : Resume::automatic;
}

std::vector<std::optional<std::int64_t>> chosen_indices(const RunChoice& choice, const ConfigFile& file) {
  const bool range = choice.begin || choice.end;
  if (!file.is_sweep()) {
    if (choice.index || range)
      throw UsageError("--index, --begin, --end: " + choice.config + " has no sweep");
    return {std::nullopt};
  }
  if (choice.index && range) throw UsageError("--index and --begin/--end exclude each other");
  const auto all = file.indices();
  if (choice.index) return {choice.index};
  for (const auto& bound : {choice.begin, choice.end})
    if (bound && (*bound < all.front() || *bound > all.back()))
      throw UsageError("--begin/--end: expected indices within " + std::to_string(all.front()) + " to " +
                       std::to_string(all.back()) + ", got " + std::to_string(*bound));
  std::vector<std::optional<std::int64_t>> chosen;
  for (auto index : all)
    if (index >= choice.begin.value_or(all.front()) && index <= choice.end.value_or(all.back()))
      chosen.emplace_back(index);
  if (chosen.empty())
    throw UsageError("--begin/--end: expected --begin not after --end, got " + std::to_string(*choice.begin) +
                     " and " + std::to_string(*choice.end));
  return chosen;
}

// Of a sweep, --from may be the folder of another: each index then begins from the run of its number there.
std::optional<ForkPoint> parent_of(const RunChoice& choice, const RunConfig& config) {
  if (!choice.from) return std::nullopt;
  ForkPoint from = fork_point(*choice.from);
  const auto of_index = from.run / (config.index ? std::to_string(*config.index) : "");
  if (config.index && std::filesystem::is_directory(of_index)) from.run = of_index;
  return from;
}

void add_requests(const RunChoice& choice, const ConfigFile& file,
                  const std::vector<std::optional<std::int64_t>>& indices,
                  std::vector<RunRequest>& requests) {
  std::vector<std::string> overrides = choice.overrides;
  if (!choice.device.empty()) overrides.push_back("run.device=" + choice.device);
  if (choice.until) overrides.push_back("run.until=" + std::to_string(*choice.until));
  if (choice.threads) overrides.push_back("run.threads=" + std::to_string(*choice.threads));
  for (const auto& index : indices) {
    RunRequest request;
    request.config = file.resolve(index, overrides);
    request.directory = run_directory(expanded_path(choice.out), request.config);
    request.from = parent_of(choice, request.config);
    request.resume = resume_mode(choice.resume);
    request.threads = std::max(1, threads_of_all(request.config) / choice.jobs.value_or(1));
    request.bar = Progress::on_terminal() && choice.jobs.value_or(1) == 1 && !choice.quiet;
    requests.push_back(std::move(request));
  }
}

ConfigFile open_config(const std::filesystem::path& path, const Family* wanted, const Context& context) {
  ConfigFile file(path, context.families, wanted);
  if (wanted && &file.family() != wanted)
    throw UsageError(path.string() + ": family " + file.family().name + " does not belong to " +
                     wanted->command + "; use tsd " + file.family().command + " or tsd train");
  return file;
}

// Of one family, since those may take their steps together.
std::vector<RunRequest> requests_of_folder(const RunChoice& choice, const std::filesystem::path& folder,
                                           const Family* wanted, const Context& context) {
  if (choice.index)
    throw UsageError("--index: " + folder.string() + " is a folder; --begin and --end choose");
  std::vector<RunRequest> requests;
  for (const auto& path : configs_in(folder, choice.begin, choice.end)) {
    const ConfigFile file = open_config(path, wanted, context);
    if (file.is_sweep()) throw UsageError(path.string() + ": a sweep; it has to be given alone");
    add_requests(choice, file, {std::nullopt}, requests);
    const Family* first = requests.front().config.family;
    if (&file.family() != first)
      throw UsageError(path.string() + ": family " + file.family().name +
                       "; expected that of the folder's others, " + first->name);
  }
  return requests;
}

}  // namespace

void declare_choice(CLI::App& command, RunChoice& choice) {
  command.add_option("--config", choice.config, "YAML file, or JSON; or a folder of them")->required();
  command.add_option("overrides", choice.overrides, "key.path=value, over the file");
  add_integer(command, "--begin", choice.begin, "first index of a sweep, or number of a folder's configs");
  add_integer(command, "--end", choice.end, "last one, included");
  add_integer(command, "--jobs", choice.jobs, "runs at a time; they share the threads", {1, 4096});
  command.add_option("--device", choice.device, "auto, cpu or cuda[:k]");
  add_integer(command, "--threads", choice.threads, "threads of all jobs together; 0: all processors",
              {0, 4096});
  command.add_option("--out", choice.out, "where run directories go")->capture_default_str();
  command.add_option("--retry", choice.retry, "failed: of a sweep, also run what failed or diverged before")
      ->check(CLI::IsMember({"failed"}));
  command.add_option(
      "--from", choice.from,
      "RUN[@last|@prev]: begin with the state of that run, and go on with these settings; of a "
      "sweep also its folder, index by index");
}

// "None" is what the dual stream's original says for its folder of configs.
std::optional<std::filesystem::path> folder_of(const std::string& config) {
  const std::filesystem::path path = config == "None" ? "configs" : config;
  return std::filesystem::is_directory(path) ? std::optional(path) : std::nullopt;
}

int threads_of_all(const RunConfig& config) {
  return config.run.threads > 0 ? config.run.threads : processor_count();
}

Requests requests_of(const RunChoice& choice, const Family* wanted, const Context& context) {
  if (const auto folder = folder_of(choice.config))
    return {requests_of_folder(choice, *folder, wanted, context), false};
  Requests requests;
  const ConfigFile file = open_config(expanded_path(choice.config), wanted, context);
  requests.single = !file.is_sweep();
  add_requests(choice, file, chosen_indices(choice, file), requests.runs);
  return requests;
}

bool begins_from_parent(const RunRequest& request) {
  return request.from && !std::filesystem::exists(RunDirectory{request.directory}.checkpoints());
}

void check_parents(const std::vector<RunRequest>& requests) {
  for (const RunRequest& request : requests)
    if (begins_from_parent(request))
      (void)read_fork(*request.from, request.config, digested(request.config.inputs));
}

}  // namespace tsd::cli
