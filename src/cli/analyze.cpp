// tsd analyze: what a family's analyses find in finished runs, into files beside their results.
#include "tsd/engine/analyze.hpp"

#include <memory>

#include "cli/commands.hpp"
#include "tsd/engine/log.hpp"

namespace tsd::cli {

namespace {

struct AnalyzeOptions {
  std::vector<std::string> runs;  // and overrides, the words with =
  std::string only;
};

std::string names_of(const Family& family) {
  std::string names;
  for (const Analysis& analysis : family.analyses) names += (names.empty() ? "" : ", ") + analysis.name;
  return names;
}

void analyze(const AnalyzeOptions& options, Context& context) {
  std::vector<std::string> overrides, runs;
  for (const auto& word : options.runs)
    (word.find('=') == std::string::npos ? runs : overrides).push_back(word);
  if (runs.empty()) throw UsageError("analyze: expected a run directory, got none");
  context.accelerator.before_computing(context.arguments);
  for (const auto& run : runs) {
    const Family& family = family_of_run(run, context.families);
    bool known = options.only.empty() && !family.analyses.empty();
    for (const Analysis& analysis : family.analyses) {
      if (!options.only.empty() && analysis.name != options.only) continue;
      known = true;
      log_info(analyze_run(run, analysis, context.families, context.accelerator, overrides).string() + ": " +
               analysis.help);
    }
    if (known) continue;
    if (family.analyses.empty()) throw UsageError(run + ": family " + family.name + " has no analyses");
    throw UsageError("--only " + options.only + ": no such analysis of family " + family.name +
                     "; expected one of " + names_of(family));
  }
}

}  // namespace

void add_analyze(CLI::App& app, Context& context) {
  auto options = std::make_shared<AnalyzeOptions>();
  auto* command =
      app.add_subcommand("analyze", "what finished runs show on a closer look, beside their results");
  command
      ->add_option("runs", options->runs, "run directories, and key.path=value to set for the analysis alone")
      ->required();
  command->add_option("--only", options->only, "one analysis by name, instead of all of the family");
  command->footer("Example:\n  tsd analyze results/microcircuit");
  command->callback([options, &context] { analyze(*options, context); });
}

}  // namespace tsd::cli
