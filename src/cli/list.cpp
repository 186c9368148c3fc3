// tsd list: every run below a directory, its state and progress, in the queue of a cluster as well.
#include <cstdio>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/runs/search.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/table.hpp"

namespace tsd::cli {
namespace {

std::string best_of(const Status& status, bool for_people) {
  if (!status.best) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", *status.best);
  return for_people ? text : shortest(*status.best);
}

std::string swept_text(const Status& status) {
  std::string text;
  for (const auto& [key, value] : status.swept) text += (text.empty() ? "" : " ") + key + "=" + value;
  return text;
}

// best: the best value of the metric in the column before.
Table table_of(const Search& search, bool for_people) {
  Table table{{"run", "family", "state", "step", "swept", "metric", "best", "wall", "updated", "message"},
              {}};
  for (const auto& [directory, status, state, queue] : search.runs())
    table.rows.push_back({directory.string(), status.family, state,
                          std::to_string(status.step) + "/" + std::to_string(status.total),
                          swept_text(status), status.headline, best_of(status, for_people),
                          duration_text(status.wall_seconds), status.updated_utc,
                          status.message.substr(0, status.message.find('\n'))});
  if (!search.submitted()) return table;
  const auto column = [](std::vector<std::string>& row, const std::string& cell) {
    row.insert(row.begin() + 3, cell);
  };
  column(table.columns, "queue");
  for (std::size_t i = 0; i < table.rows.size(); ++i) column(table.rows[i], search.runs()[i].queue);
  return table;
}

std::string json_of(const std::vector<Entry>& runs) {
  auto list = nlohmann::ordered_json::array();
  for (const Entry& run : runs) list.push_back(json_of(run));
  return list.dump(2) + "\n";
}

}  // namespace

void add_list(CLI::App& app, Context&) {
  struct Options {
    std::string directory = "results", format = "table";
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("list", "the runs below a directory: state, progress, best score");
  command->add_option("directory", options->directory, "where to look")->capture_default_str();
  command->add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->footer("Example:\n  tsd list results --format csv");
  command->callback([options] {
    Search search(options->directory);
    search.look_into_queue();
    if (options->format == "json")
      std::cout << json_of(search.runs());
    else if (options->format == "csv")
      std::cout << csv(table_of(search, false));
    else
      std::cout << aligned(table_of(search, true));
    search.tell_unreadable();
  });
}

}  // namespace tsd::cli
