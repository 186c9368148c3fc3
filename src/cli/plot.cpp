// tsd plot: hands finished runs to scripts/plot, which reads nothing but their HDF5.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <filesystem>
#include <memory>
#include <set>
#include <span>

#include "cli/commands.hpp"
#include "cli/failures.hpp"
#include "cli/programs/python.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/run/stop.hpp"
#include "tsd/engine/run/tensorboard.hpp"

extern char** environ;

namespace tsd::cli {
namespace fs = std::filesystem;

namespace {

struct Finished {
  std::string family, results;
};

Finished finished_run(const fs::path& directory) {
  const RunDirectory run{directory};
  const auto status = read_status(run.status());
  if (!status) throw MissingInput(directory.string() + ": not a run directory (no status.json)");
  if (!fs::exists(run.results()))
    throw MissingInput(run.results().string() + ": no such file; the run is " +
                       std::string(name_of(status->state)));
  return {status->family, run.results().string()};
}

// The process id, -1 where it cannot be started. The child finds the signals that are ignored here as they
// were.
pid_t start(std::vector<char*>& argv) {
  posix_spawnattr_t attributes;
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&signals, signal);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int error = posix_spawnp(&child, argv[0], nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  return error == 0 ? child : -1;
}

// A family's runs go to its script together, which may draw them beside each other.
void plot(const std::string& family, std::span<const Finished> runs) {
  const fs::path script = data_folder() / "scripts/plot" / (family + ".py");
  if (!fs::exists(script)) throw MissingInput(script.string() + ": no such file");
  std::vector<std::string> words = {python(), script.string()};
  for (const Finished& run : runs)
    if (run.family == family) words.push_back(run.results);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = start(argv);
  const std::string no_python = words[0] + ": cannot be started; expected Python 3 with matplotlib and h5py";
  if (child < 0) throw MissingInput(no_python);
  const Stoppable stoppable([child](int signal) { kill(child, signal); });
  int state = 0;
  if (waitpid(child, &state, 0) < 0) throw MissingInput(no_python);
  if (WIFEXITED(state) && WEXITSTATUS(state) == static_cast<int>(Exit::io))
    throw IoError(script.string() + " could not write what it drew");
  if (state != 0)
    throw DataError(script.string() + " failed on " + words[2] + (words.size() > 3 ? ", .." : ""));
}

// Beside the run's metrics, where it has event files.
void show_in_tensorboard(const Finished& run) {
  const RunDirectory directory{fs::path(run.results).parent_path()};
  if (!fs::exists(directory.events())) return;
  const auto status = read_status(directory.status());
  write_figures(directory.root, status ? status->step : 0);
}

}  // namespace

void add_plot(CLI::App& app, Context& context) {
  auto runs = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("plot", "figures of finished runs, beside their results");
  command->add_option("runs", *runs, "run directories")->required();
  command->footer("Example:\n  tsd plot results/nback_smoke");
  command->callback([runs, &context] {
    std::vector<Finished> finished;
    std::set<std::string> families;
    Failures failures("drawn", runs->size(), context);
    for (const auto& run : *runs)
      failures.attempt([&] { families.insert(finished.emplace_back(finished_run(run)).family); });
    for (const auto& family : families) failures.attempt([&] { plot(family, finished); });
    for (const auto& run : finished) failures.attempt([&] { show_in_tensorboard(run); });
    failures.tell();
  });
}

}  // namespace tsd::cli
