// tsd report: becomes scripts/report, which makes a page of a run or a sweep.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "cli/commands.hpp"
#include "cli/programs/python.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/user_path.hpp"

namespace tsd::cli {
namespace {

[[noreturn]] void become(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  throw MissingInput(words[0] + ": cannot be started; expected Python 3 with plotly, h5py and PyYAML");
}

}  // namespace

void add_report(CLI::App& app, Context&) {
  struct Options {
    std::vector<std::string> folders;
    std::string out;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "report", "one HTML page of a run, or of the runs of a sweep, that needs nothing beside it");
  command->add_option("folders", options->folders, "run directories, or folders of runs")->required();
  command->add_option("--out", options->out, "the page; default: report.html in the folder");
  command->footer("Example:\n  tsd report results/nback_smoke");
  command->callback([options] {
    const std::filesystem::path script = data_folder() / "scripts/report/report.py";
    if (!std::filesystem::exists(script)) throw MissingInput(script.string() + ": no such file");
    std::vector<std::string> words = {python(), script.string()};
    if (!options->out.empty()) words.push_back("--out=" + expanded_path(options->out));
    words.push_back("--");
    for (const auto& folder : options->folders) words.push_back(expanded_path(folder));
    become(words);
  });
}

}  // namespace tsd::cli
