#include "tsd/engine/analyze.hpp"

#include <algorithm>
#include <iterator>

#include "engine/run/results.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/checkpoint.hpp"
#include "tsd/engine/run/lock.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/error.hpp"

namespace tsd {

namespace {

Status status_of(const RunDirectory& directory) {
  const auto status = read_status(directory.status());
  if (!status) throw MissingInput(directory.root.string() + ": not a run directory (no status.json)");
  return *status;
}

RunConfig config_of(const RunDirectory& directory, const Status& status, std::span<const Family> families,
                    const LookBack& back, const std::vector<std::string>& overrides) {
  RunConfig config = ConfigFile(directory.config(), families).resolve(std::nullopt, overrides, &back);
  config.name = status.config_name;
  config.index = status.index;
  return config;
}

// What an override names is meant to be another than the run's.
std::vector<Input> not_overridden(const std::vector<Input>& inputs, const std::vector<Input>& of_run) {
  std::vector<Input> kept;
  std::ranges::copy_if(inputs, std::back_inserter(kept), [&](const Input& input) {
    return std::ranges::any_of(
        of_run, [&](const Input& other) { return other.key == input.key && other.path == input.path; });
  });
  return kept;
}

bool is_flat(const Analysis& analysis) {
  return std::ranges::none_of(
      analysis.outputs, [](const Output& output) { return output.path.find('/', 1) != std::string::npos; });
}

// What to do about a run that has not come to its end.
std::string advice(const Status& status, const RunDirectory& directory) {
  if (status.state == RunState::diverged)
    return "(diverged); results.h5 holds what came before, and the same command diverges again";
  const bool crashed = status.state == RunState::running && !is_locked(directory.lock());
  return "(" + (crashed ? "crashed" : std::string(name_of(status.state))) +
         "); the command that began it goes on with it";
}

}  // namespace

const Family& family_of_run(const std::filesystem::path& directory, std::span<const Family> families) {
  const std::string name = status_of(RunDirectory{directory}).family;
  const auto family = std::ranges::find(families, name, &Family::name);
  if (family == families.end()) throw DataError(directory.string() + ": a run of an unknown family, " + name);
  return *family;
}

std::filesystem::path analyze_run(const std::filesystem::path& root, const Analysis& analysis,
                                  std::span<const Family> families, const Accelerator& accelerator,
                                  const std::vector<std::string>& overrides, const std::filesystem::path& out,
                                  const std::vector<std::string>& beside) {
  const RunDirectory directory{root};
  const Status status = status_of(directory);
  if (status.state != RunState::done)
    throw MissingInput(root.string() + ": the run is not done " + advice(status, directory));
  std::optional<RunLock> lock;
  if (out.empty()) {
    refuse_read_only(root, "--out FOLDER has a place for what an analysis finds");
    lock.emplace(directory.lock());
  } else if (is_locked(directory.lock())) {
    throw Locked(root.string() + ": in use by another process; wait for it");
  }
  const LookBack back{analysis.name, directory.results(), beside};
  const RunConfig config = config_of(directory, status, families, back, {});
  const RunConfig altered = config_of(directory, status, families, back, overrides);
  const auto inputs = digested(altered.inputs);
  refuse_changed(root.string(), status.inputs, not_overridden(inputs, config.inputs));
  // The digest of then: a later tsd may know more keys.
  Checkpoints checkpoints(directory.checkpoints(), status.family, status.config_sha256);
  const auto checkpoint = checkpoints.load();
  if (!checkpoint)
    throw MissingInput(directory.checkpoints().string() +
                       ": no checkpoint, and the analysis begins with the last one");
  RunContext context;
  context.directory = root;
  context.seed = config.seed;
  context.device = accelerator.resolve_device(altered.run.device);
  context.threads = altered.run.threads > 0 ? altered.run.threads : processor_count();
  context.load_weights = [&](const std::string& name) { return checkpoints.load_weights(name); };
  accelerator.set_threads(context.threads);
  const auto experiment = altered.configuration->build(context);
  restore(*experiment, *checkpoint, root);
  const auto folder = out.empty() ? root : run_directory(out, config);
  make_directories(folder);
  const auto file = folder / (analysis.name + ".h5");
  write_results(file, "tsd-analysis", altered,
                {context.device, accelerator.library, context.threads, inputs, is_flat(analysis)},
                [&](Hdf5Writer& results) { analysis.run(*experiment, results); });
  return file;
}

}  // namespace tsd
