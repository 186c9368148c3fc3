// tsd analyze: what a family's analyses find in finished runs, into files beside their results.
#include "tsd/engine/analyze.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>

#include "cli/commands.hpp"
#include "cli/failures.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/processors.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/run_directory.hpp"

namespace tsd::cli {

namespace {

struct AnalyzeOptions {
  std::vector<std::string> words;  // runs and overrides
  std::string only, device, out;
  std::optional<int> threads;
  int jobs = 1;
};

std::string names_of(const Family& family) {
  std::string names;
  for (const Analysis& analysis : family.analyses) names += (names.empty() ? "" : ", ") + analysis.name;
  return names;
}

std::vector<const Analysis*> chosen(const Family& family, const std::string& run, const std::string& only) {
  if (family.analyses.empty()) throw UsageError(run + ": family " + family.name + " has no analyses");
  std::vector<const Analysis*> analyses;
  for (const Analysis& analysis : family.analyses)
    if (only.empty() || analysis.name == only) analyses.push_back(&analysis);
  if (analyses.empty())
    throw UsageError("--only " + only + ": no such analysis of family " + family.name + "; expected one of " +
                     names_of(family));
  return analyses;
}

class Analyses {
 public:
  Analyses(const AnalyzeOptions& options, Context& context) : options_(options), context_(context) {
    for (const auto& word : options.words) {
      const bool is_run = word.find('=') == std::string::npos || std::filesystem::exists(word);
      (is_run ? runs_ : overrides_).push_back(word);
    }
    if (runs_.empty()) throw UsageError("analyze: expected a run directory, got none");
    if (!options.device.empty()) overrides_.push_back("run.device=" + options.device);
    if (options.threads || options.jobs > 1)
      overrides_.push_back("run.threads=" + std::to_string(threads_of_each()));
  }

  // Every run that can be analysed is; then those are told that could not.
  void run() {
    context_.accelerator.before_computing(context_.arguments);
    Failures failures("analysed", runs_.size(), context_);
    parallel_for(runs_.size(), options_.jobs,
                 [&](std::size_t i) { failures.attempt([&] { analyze(runs_[i]); }); });
    failures.tell();
  }

 private:
  int threads_of_each() const {
    const int all = options_.threads.value_or(0) > 0 ? *options_.threads : processor_count();
    const int at_once = std::min(options_.jobs, static_cast<int>(runs_.size()));
    return std::max(1, all / at_once);
  }

  void analyze(const std::string& run) {
    const auto analyses = chosen(family_of_run(run, context_.families), run, options_.only);
    if (!options_.out.empty()) claim_place(run);
    std::vector<std::string> names;
    for (const Analysis* analysis : analyses) names.push_back(analysis->name);
    for (const Analysis* analysis : analyses) {
      const auto file = analyze_run(run, *analysis, context_.families, context_.accelerator, overrides_,
                                    options_.out, names);
      log_info(file.string() + ": " + analysis->help);
    }
  }

  // Two runs of one name would have one place below --out.
  void claim_place(const std::string& run) {
    const auto status = read_status(RunDirectory{run}.status());
    if (!status) return;
    const std::lock_guard lock(mutex_);
    if (!places_.emplace(status->config_name, status->index).second)
      throw UsageError(run + ": another of the runs has the same name, " + status->config_name +
                       ", and --out has one place for it; give each an --out of its own");
  }

  const AnalyzeOptions& options_;
  Context& context_;
  std::vector<std::string> runs_, overrides_;
  std::mutex mutex_;
  std::set<std::pair<std::string, std::optional<std::int64_t>>> places_;  // taken below --out
};

}  // namespace

void add_analyze(CLI::App& app, Context& context) {
  auto options = std::make_shared<AnalyzeOptions>();
  auto* command =
      app.add_subcommand("analyze", "what finished runs show on a closer look, beside their results");
  command
      ->add_option("runs", options->words,
                   "run directories, and key.path=value to set for the analysis alone")
      ->required();
  command->add_option("--only", options->only, "one analysis by name, instead of all of the family");
  command->add_option("--out", options->out,
                      "where the files go, in a folder of the run's name; default: into the run directory");
  command->add_option("--jobs", options->jobs, "runs at a time; they share the threads")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--device", options->device, "auto, cpu or cuda[:k]");
  command->add_option("--threads", options->threads, "threads of all jobs together; 0: all processors")
      ->check(CLI::Range(0, 4096));
  command->footer("Example:\n  tsd analyze results/microcircuit");
  command->callback([options, &context] { Analyses(*options, context).run(); });
}

}  // namespace tsd::cli
