#include "cli/programs/slurm.hpp"

#include <regex>
#include <sstream>

#include "cli/programs/child.hpp"
#include "engine/config/text.hpp"
#include "tsd/error.hpp"

namespace tsd::cli {

namespace {

// One line, without the name of the program that each of SLURM's lines begins with.
std::string words_of(const std::string& text) {
  static const std::regex name("(^|\n)(sbatch|squeue): (error: )?"), ends("\\s*\n\\s*(?=\\S)"), rest("\\s+$");
  return std::regex_replace(std::regex_replace(std::regex_replace(text, name, "$1"), ends, "; "), rest, "");
}

void add(Queue& queue, const std::string& line) {
  static const std::regex pattern(R"((\d+)\|(\d{1,18}|N/A)\|(\w+)\|([^|]*)\|(.*))");
  std::smatch parts;
  if (!std::regex_match(line, parts, pattern)) return;
  const std::string job = parts[1], task = parts[2], state = parts[3], reason = parts[4], comment = parts[5];
  if (const auto packs = packs_of(comment); packs && task != "N/A")
    queue.tasks.push_back(
        {job, std::stoll(task), state == "PENDING" ? state + " (" + reason + ")" : state, *packs});
  else if (const std::string then = follow_up_comment(""); comment.starts_with(then))
    queue.followed.emplace_back(comment.substr(then.size()));
}

}  // namespace

Queue read_queue() {
  Queue queue;
  const auto answer = ask({"squeue", "--me", "--noheader", "--array", "--format=%F|%K|%T|%r|%k"});
  if (!answer) return queue;
  if (answer->code != 0)
    throw UserError(Exit::stopped, "squeue: the state of the queue is not known: " + words_of(answer->err));
  std::istringstream lines(answer->out);
  for (std::string line; std::getline(lines, line);) add(queue, line);
  return queue;
}

void require_sbatch() {
  if (!ask({"sbatch", "--version"}))
    throw MissingInput(
        "sbatch: cannot be started; expected SLURM's commands on the PATH, or --dry-run, which prints the "
        "script without them");
}

std::string submit(const std::filesystem::path& script, const Resources& resources,
                   const std::vector<std::string>& after) {
  std::vector<std::string> words = {"sbatch", "--parsable"};
  for (const std::string& word : resources.words()) words.push_back(word);
  if (!after.empty()) words.push_back("--dependency=afterany:" + config::joined(after, ":"));
  words.push_back(script);
  const auto answer = ask(words);
  const std::string job =
      !answer ? "" : answer->out.substr(0, answer->out.find_first_of(";\n"));  // 17;cluster
  if (!answer || answer->code != 0 || job.empty())
    throw UsageError("sbatch refused " + script.string() + ": " + (answer ? words_of(answer->err) : ""));
  return job;
}

}  // namespace tsd::cli
