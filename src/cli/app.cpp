#include "tsd/cli/app.hpp"

#include <iostream>

#include "cli/commands.hpp"
#include "cli/usage.hpp"
#include "tsd/engine/failure.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/run/stop.hpp"
#include "tsd/engine/streams.hpp"

namespace tsd {

namespace {

constexpr const char* kOverview = R"(tsd - train, simulate, dissect: models of learning and memory

  tsd train --config configs/nback/smoke.yaml     a whole run in seconds, into results/nback_smoke/
  tsd list results                                what has run, and how far
  tsd train --help                                all options of a run
  tsd --help                                      all subcommands
)";

void declare(CLI::App& app, cli::Context& context) {
  app.set_version_flag("-V,--version", build_info().version + " (" + build_info().git_sha + ")");
  app.require_subcommand(0, 1);
  app.footer(
      "Example:\n  tsd train --config configs/nback/smoke.yaml\n"
      "Exit codes: 0 done, 64 usage, 65/66 bad or missing data, 70 bug, 73/74 disk, 75 stopped (resumable) "
      "or locked,\n"
      "78 config, 80 diverged, 81 out of memory, 130 interrupted (resumable).");
  cli::add_train(app, context);
  cli::add_tools(app, context);
  cli::add_analyze(app, context);
  cli::add_sweep(app, context);
  cli::add_list(app, context);
  cli::add_collect(app, context);
  cli::add_plot(app, context);
  cli::add_report(app, context);
  cli::add_validate(app, context);
  cli::add_schema(app, context);
  cli::add_info(app, context);
  cli::add_help(app, context);
  cli::add_completion(app, context);
}

Exit told(const std::exception_ptr& error, const Accelerator& accelerator) {
  const auto [code, message] = failure_of(error, accelerator);
  log_error(message);
  return code;
}

// An empty word is a variable of the shell that was not set: `--out "$OUT"`.
void refuse_empty(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!word.empty() && !(word.starts_with("--") && word.find('=') == word.size() - 1)) continue;
    const std::string name = word.empty() ? i > 0 ? arguments[i - 1] : "" : word.substr(0, word.size() - 1);
    throw UsageError((name.empty() ? "" : name + ": ") +
                     "an empty word; is a variable of the shell not set?");
  }
}

Exit parse_and_run(int argc, char** argv, cli::Context& context) {
  CLI::App app("train, simulate, dissect: models of learning and memory", "tsd");
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    refuse_empty(arguments);
    declare(app, context);
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) std::cout << kOverview;
    return context.exit;
  } catch (const CLI::Success& asked) {  // --help, --version
    return static_cast<Exit>(app.exit(asked));
  } catch (const CLI::ParseError& error) {
    log_error(cli::usage_message(app, error, arguments));
    return Exit::usage;
  } catch (...) {
    return told(std::current_exception(), context.accelerator);
  }
}

}  // namespace

int run_app(int argc, char** argv, std::span<const Family> families, const Accelerator& accelerator) {
  try {
    open_standard_streams();
    install_signal_handlers();
  } catch (...) {
    return static_cast<int>(told(std::current_exception(), accelerator));
  }
  cli::Context context{families, accelerator, argv};
  Exit code = parse_and_run(argc, argv, context);
  try {
    if (!flush_output() && code == Exit::ok) code = Exit::io;
  } catch (...) {
    const Exit lost = told(std::current_exception(), accelerator);
    if (code == Exit::ok) code = lost;
  }
  disregard_signals();
  return static_cast<int>(code);
}

}  // namespace tsd
