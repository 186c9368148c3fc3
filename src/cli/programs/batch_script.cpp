#include "cli/programs/batch_script.hpp"

#include <algorithm>
#include <charconv>
#include <regex>

#include "cli/programs/child.hpp"
#include "engine/config/text.hpp"

namespace tsd::cli {

namespace {

constexpr double kLead = 60;  // seconds from the signal to the end of the time
const std::string kRun = "tsd run ", kSweep = "tsd sweep ";

// In quotes only where a shell needs them: the script is read by people, too.
std::string shell_word(const std::string& text) {
  static const std::regex plain("[A-Za-z0-9_./:@%+=,-]+");
  return std::regex_match(text, plain) ? text : quoted(text);
}

std::string shell_words(const std::vector<std::string>& words) {
  std::vector<std::string> safe;
  for (const auto& word : words) safe.push_back(shell_word(word));
  return config::joined(safe, " ");
}

// As sbatch reads it in a line of the script.
std::string directive(const std::string& option, const std::string& value) {
  std::string inside;
  for (const char c : value) inside += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
  return "#SBATCH --" + option + "=\"" + inside + "\"\n";
}

std::string log_pattern(const Packs& packs, const std::string& name) {
  std::string text;
  for (const char c : (packs.place / kScriptFolder).string()) text += c == '%' ? "%%" : std::string(1, c);
  return text + "/" + name + ".log";
}

std::string resources_of(const BatchJob& job) {
  std::string text = directive("chdir", job.folder) + "#SBATCH --open-mode=append\n" +
                     "#SBATCH --cpus-per-task=" + std::to_string(job.threads) + "\n";
  for (const std::string& word : job.resources.words()) text += "#SBATCH " + word + "\n";
  return text;
}

std::string seconds_of_warning(const Resources& resources) {
  const double limit = resources.time.empty() ? 0 : 60 * minutes_of(resources.time).value();
  return std::to_string(static_cast<int>(limit > 0 ? std::clamp(limit / 6, 10.0, kLead) : kLead));
}

std::string range_text(const Packs& packs) {
  return std::to_string(packs.begin) + "-" + std::to_string(packs.end);
}

std::string indices_text(const Packs& packs) {
  const std::string size = std::to_string(packs.size);
  return "first=$((SLURM_ARRAY_TASK_ID * " + size + "))\n" + "last=$((first + " + size + " - 1))\n" +
         "((first >= " + std::to_string(packs.begin) + ")) || first=" + std::to_string(packs.begin) + "\n" +
         "((last <= " + std::to_string(packs.end) + ")) || last=" + std::to_string(packs.end) + "\n";
}

}  // namespace

std::vector<std::int64_t> Packs::indices_of(std::int64_t task) const {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = std::max(begin, task * size); i <= std::min(end, task * size + size - 1); ++i)
    indices.push_back(i);
  return indices;
}

std::vector<std::filesystem::path> Packs::directories_of(std::int64_t task) const {
  if (!sweep) return {place};
  std::vector<std::filesystem::path> directories;
  for (const auto index : indices_of(task)) directories.push_back(place / std::to_string(index));
  return directories;
}

std::vector<std::string> Resources::words() const {
  std::vector<std::string> all;
  for (const auto& [option, value] : {std::pair{"time", time},
                                      {"mem", memory},
                                      {"gpus", gpus},
                                      {"partition", partition},
                                      {"account", account}})
    if (!value.empty()) all.push_back("--" + std::string(option) + "=" + value);
  return all;
}

std::string follow_up_comment(const std::filesystem::path& place) { return "tsd then " + place.string(); }

std::string comment_of(const Packs& packs) {
  if (!packs.sweep) return kRun + packs.place.string();
  return kSweep + std::to_string(packs.size) + " " + range_text(packs) + " " + packs.place.string();
}

std::optional<Packs> packs_of(const std::string& comment) {
  Packs packs;
  packs.sweep = !comment.starts_with(kRun);
  static const std::regex pattern(kSweep + "(\\d{1,18}) (\\d{1,18})-(\\d{1,18}) (.+)");
  std::smatch parts;
  if (!packs.sweep) {
    packs.place = comment.substr(kRun.size());
  } else if (std::regex_match(comment, parts, pattern) && parts[1] != "0") {
    packs.size = std::stoll(parts[1]);
    packs.begin = std::stoll(parts[2]);
    packs.end = std::stoll(parts[3]);
    packs.place = parts[4].str();
  } else {
    return std::nullopt;
  }
  return packs;
}

std::optional<double> minutes_of(const std::string& time) {
  static const std::regex with_days(R"((\d{1,5})-(\d{1,5})(?::(\d{1,5}))?(?::(\d{1,5}))?)"),
      without(R"((\d{1,9})(?::(\d{1,5}))?(?::(\d{1,5}))?)");
  std::smatch parts;
  const auto part = [&](std::size_t i) { return parts[i].matched ? std::stod(parts[i]) : 0.0; };
  if (std::regex_match(time, parts, with_days))
    return 24 * 60 * part(1) + 60 * part(2) + part(3) + part(4) / 60;
  if (!std::regex_match(time, parts, without)) return std::nullopt;
  if (parts[3].matched) return 60 * part(1) + part(2) + part(3) / 60;
  return part(1) + part(2) / 60;
}

std::string array_text(const std::vector<std::int64_t>& tasks) {
  std::vector<std::string> ranges;
  for (std::size_t i = 0; i < tasks.size();) {
    std::size_t end = i + 1;
    while (end < tasks.size() && tasks[end] == tasks[end - 1] + 1) ++end;
    ranges.push_back(std::to_string(tasks[i]) + (end > i + 1 ? "-" + std::to_string(tasks[end - 1]) : ""));
    i = end;
  }
  return config::joined(ranges, ",");
}

std::string array_script(const BatchJob& job) {
  const Packs& packs = job.packs;
  const std::string at_once = job.resources.throttle > 0 ? "%" + std::to_string(job.resources.throttle) : "";
  return "#!/bin/bash\n"
         "# Made by tsd sweep --engine slurm; the same command again submits what is unfinished.\n" +
         directive("job-name", "tsd-" + job.name) + directive("comment", comment_of(packs)) +
         "#SBATCH --array=" + array_text(job.tasks) + at_once + "\n" +
         directive("output", log_pattern(packs, "%A_%a")) + resources_of(job) + "#SBATCH --signal=B:USR1@" +
         seconds_of_warning(job.resources) +
         "\n"
         "#SBATCH --requeue\n"
         "set -uo pipefail\n\n" +
         (packs.sweep ? indices_text(packs) : "") +
         R"(
# USR1: the time is nearly over. TERM: cancelled, or preempted; then SLURM itself puts the task back. tsd ends its step,
# writes a checkpoint and exits with 75; in the next session it goes on bit for bit. It also exits with 75 where another
# process has the run, such as one that a node which lost its SLURM still works on.
goes_on=true
trap 'kill -USR1 "$tsd"' USR1
trap 'goes_on=false; kill -USR1 "$tsd"' TERM  # SLURM sends it to tsd as well, and a second TERM would end that at once
)" + shell_words(job.program) +
         (packs.sweep ? " --begin \"$first\" --end \"$last\"" : "") + R"( &
tsd=$!
while wait "$tsd"; kill -0 "$tsd" 2>/dev/null; do :; done  # a signal ends a wait early
wait "$tsd"
code=$?
if [[ $code -eq 75 && $goes_on == true ]]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
)";
}

std::string follow_up_script(const BatchJob& job) {
  const Packs& packs = job.packs;
  const std::string tsd = shell_word(job.program.front()), place = shell_word(packs.place.string());
  const auto asked = [&](const char* what) { return std::ranges::count(job.follow_up, what) > 0; };
  const std::string threads = " --threads " + std::to_string(job.threads);
  std::string text = "#!/bin/bash\n# Made by tsd sweep --engine slurm: what follows the array.\n" +
                     directive("job-name", "tsd-" + job.name + "-then") +
                     directive("comment", follow_up_comment(packs.place)) +
                     directive("output", log_pattern(packs, "then_%j")) + resources_of(job) +
                     "set -uo pipefail\n\ncode=0 runs=()\nfor run in " + place + (packs.sweep ? "/*" : "") +
                     "; do\n  [[ ! -e $run/results.h5 ]] || runs+=(\"$run\")\ndone\n";
  if (asked("analyze"))
    text += tsd + " analyze \"${runs[@]}\" --jobs " + std::to_string(job.threads) + threads + " || code=$?\n";
  text += tsd + " collect " + place + " || code=$?\n";
  if (asked("plot")) text += tsd + " plot \"${runs[@]}\" || code=$?\n";
  return text + "exit \"$code\"\n";
}

}  // namespace tsd::cli
