// tsd plot: hands finished runs and sweeps to scripts/plot, which reads nothing but their HDF5.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numeric>

#include "cli/commands.hpp"
#include "cli/failures.hpp"
#include "cli/programs/child.hpp"
#include "cli/programs/python.hpp"
#include "cli/runs/sweep_file.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/run/stop.hpp"
#include "tsd/engine/run/tensorboard.hpp"

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

// How figures are stored and how they look, for the script; nothing: PNG and PDF, for paper, beside the results.
struct Looks {
  std::vector<std::string> formats;
  std::string style, out;
  fs::path base;  // figures go below `out` as results lie below it

  std::vector<std::string> words() const {
    std::vector<std::string> words;
    for (const auto& format : formats) words.insert(words.end(), {"--format", format});
    if (!style.empty()) words.insert(words.end(), {"--style", style});
    if (!out.empty()) words.insert(words.end(), {"--out", out, "--base", base.string()});
    return words;
  }

  Looks here() const { return {formats, style, "", ""}; }  // beside what is drawn
  fs::path place_of(const fs::path& directory) const {
    if (out.empty()) return directory;
    return (out / fs::weakly_canonical(directory).lexically_relative(base)).lexically_normal();
  }
};

// The lowest folder that holds all.
fs::path common_folder(const std::vector<std::string>& directories) {
  fs::path common = fs::weakly_canonical(directories.front());
  for (const std::string& directory : directories) {
    const fs::path other = fs::weakly_canonical(directory);
    const auto above = std::ranges::mismatch(common, other).in1;
    common = std::accumulate(common.begin(), above, fs::path(), std::divides<>());
  }
  return common;
}

// The files go to the script together, which may draw them beside each other.
void plot(const std::string& name, const Looks& looks, const std::vector<std::string>& files) {
  const fs::path script = data_folder() / "scripts/plot" / (name + ".py");
  if (!fs::exists(script)) throw MissingInput(script.string() + ": no such file");
  std::vector<std::string> words = {python(), script.string()};
  const auto asked = looks.words();
  words.insert(words.end(), asked.begin(), asked.end());
  words.insert(words.end(), files.begin(), files.end());
  const auto child = start(words);
  const std::string no_python = words[0] + ": cannot be started; expected Python 3 with matplotlib and h5py";
  if (!child) throw MissingInput(no_python);
  const Stoppable stoppable([child](int signal) { kill(*child, signal); });
  int state = 0;
  if (waitpid(*child, &state, 0) < 0) throw MissingInput(no_python);
  if (WIFEXITED(state) && WEXITSTATUS(state) == static_cast<int>(Exit::io))
    throw IoError(script.string() + " could not write what it drew");
  if (state != 0)
    throw DataError(script.string() + " failed on " + files.front() + (files.size() > 1 ? ", .." : ""));
}

// No run itself, but a folder of some.
bool is_sweep(const fs::path& directory) {
  return fs::is_directory(directory) && !fs::exists(RunDirectory{directory}.status()) &&
         !Search(directory).runs().empty();
}

// What tsd collect made of it, which may hold more than is drawn; where there is none, it is made.
std::string collected(const fs::path& directory, const Looks& looks) {
  const fs::path place = looks.place_of(directory), file = place / "sweep.h5";
  const SweepTable table = collect_runs(directory);
  if (!fs::exists(file)) {
    make_directories(place);
    if (looks.out.empty()) refuse_read_only(place, "--out FOLDER has a place for its figures");
    write_sweep(file, table, {});
    return file.string();
  }
  std::error_code gone;  // a run that is removed meanwhile
  const auto made = fs::last_write_time(file, gone);
  if (std::ranges::any_of(table.runs, [&](const Entry& run) {
        return fs::last_write_time(RunDirectory{run.directory}.status(), gone) > made;
      }))
    log_warning(file.string() + ": runs have gone on since; tsd collect makes it anew");
  return file.string();
}

// Beside the run's metrics, where it has event files.
void show_in_tensorboard(const std::string& results) {
  const RunDirectory directory{fs::path(results).parent_path()};
  if (!fs::exists(directory.events())) return;
  const auto status = read_status(directory.status());
  write_figures(directory.root, status ? status->step : 0);
}

}  // namespace

void add_plot(CLI::App& app, Context& context) {
  auto runs = std::make_shared<std::vector<std::string>>();
  auto looks = std::make_shared<Looks>();
  auto* command = app.add_subcommand(
      "plot", "figures of finished runs, beside their results, and of sweeps, from sweep.h5");
  command->add_option("runs", *runs, "run directories, or directories of sweeps")->required();
  command
      ->add_option("--format", looks->formats,
                   "of the files: png, pdf, svg, or several as in png,svg; without it png and pdf")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"png", "pdf", "svg"}));
  command->add_option("--style", looks->style, "paper: at the size of a page's column; talk: of a slide")
      ->check(CLI::IsMember({"paper", "talk"}));
  command->add_option(
      "--out", looks->out,
      "where figures go, and sweep.h5; of several runs below it as they lie beside each other");
  command->footer("Example:\n  tsd plot results/nback_smoke --format svg --style talk");
  command->callback([runs, looks, &context] {
    if (!looks->out.empty()) looks->base = common_folder(*runs);
    std::vector<std::string> sweeps;
    std::map<std::string, std::vector<std::string>> files;  // by the script that draws them
    Failures failures("drawn", runs->size(), context);
    for (const auto& run : *runs)
      failures.attempt([&] {
        if (is_sweep(run)) return sweeps.push_back(collected(run, *looks));
        const Finished finished = finished_run(run);
        files[finished.family].push_back(finished.results);
      });
    if (!sweeps.empty()) failures.attempt([&] { plot("sweep", looks->here(), sweeps); });
    for (const auto& [family, all] : files) failures.attempt([&] { plot(family, *looks, all); });
    if (looks->out.empty())
      for (const auto& [family, all] : files)
        for (const auto& file : all) failures.attempt([&] { show_in_tensorboard(file); });
    failures.tell();
  });
}

}  // namespace tsd::cli
