#include "cli/programs/submission.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "cli/integer_option.hpp"
#include "cli/programs/slurm.hpp"
#include "engine/config/text.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/run_many.hpp"
#include "tsd/engine/user_path.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd::cli {
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMany = 1'000'000;

std::string check_time(const std::string& text) {
  return minutes_of(text) ? ""
                          : "expected minutes, [hours:]minutes:seconds or days-hours[:minutes], got " + text;
}

std::string check_word(const std::string& text) {
  const bool good =
      text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,:@+-") ==
      std::string::npos;
  return good && !text.empty() ? "" : "expected a word for sbatch, got " + config::shortened(text);
}

// What the runs need from the queue, and what it has already.
struct Plan {
  std::vector<std::int64_t> tasks;
  std::vector<std::string> jobs;  // with tasks of these runs, in the queue
  bool followed = false;          // another job waits for those
  std::size_t runs = 0, done = 0, failed = 0, queued = 0;
};

std::string text_of(const Plan& plan, bool dry_run) {
  std::string text = plan.runs == 0
                         ? "nothing left to submit"
                         : (dry_run ? "runs to submit: " : "runs submitted: ") + std::to_string(plan.runs);
  if (plan.queued > 0) text += "; in the queue: " + std::to_string(plan.queued);
  if (plan.done > 0) text += "; done: " + std::to_string(plan.done);
  if (plan.failed > 0)
    text += "; failed before: " + std::to_string(plan.failed) + " (--retry failed tries again)";
  return text;
}

// What nothing is submitted by may be printed without.
Queue queue_for(bool dry_run) {
  try {
    return read_queue();
  } catch (const UserError& error) {
    if (!dry_run) throw;
    log_warning(error.what());
    return {};
  }
}

Plan plan_of(const Packs& packs, const Queue& queue, const std::vector<RunRequest>& runs, bool retry) {
  Plan plan;
  std::set<std::int64_t> queued, tasks;
  std::set<std::string> jobs;
  for (const QueuedTask& task : queue.tasks) {
    if (task.packs.place != packs.place) continue;
    jobs.insert(task.job);
    for (const auto index : task.packs.indices_of(task.task)) queued.insert(index);
  }
  for (const RunRequest& run : runs) {
    const std::int64_t index = run.config.index.value_or(0);
    const Remaining left = remaining(run);
    if (left == Remaining::nothing) {
      ++plan.done;
    } else if (left == Remaining::failure && !retry) {
      ++plan.failed;
    } else if (queued.contains(index)) {
      ++plan.queued;
    } else {
      ++plan.runs;
      tasks.insert(packs.task_of(index));
    }
  }
  plan.followed = tasks.empty() && std::ranges::count(queue.followed, packs.place) > 0;
  plan.tasks.assign(tasks.begin(), tasks.end());
  plan.jobs.assign(jobs.begin(), jobs.end());
  return plan;
}

Packs packs_for(const Requests& requests, std::int64_t size) {
  const RunRequest &first = requests.runs.front(), &last = requests.runs.back();
  const fs::path run = fs::weakly_canonical(fs::absolute(first.directory));
  if (requests.single) return {run, false};
  return {run.parent_path(), true, size, *first.config.index, *last.config.index};
}

// Of the task: tsd itself and the words that chose these runs. Its folder is the one of the submission.
std::vector<std::string> program(const RunChoice& choice) {
  std::vector<std::string> words = {fs::read_symlink("/proc/self/exe"),
                                    "train",
                                    "--config",
                                    choice.config,
                                    "--out",
                                    choice.out,
                                    "--threads",
                                    std::to_string(*choice.threads),
                                    "--jobs",
                                    std::to_string(*choice.jobs)};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--device", choice.device);
  add("--retry", choice.retry);
  add("--from", choice.from.value_or(""));
  words.insert(words.end(), choice.overrides.begin(), choice.overrides.end());
  return words;
}

// Whose runs take their steps together has the whole pack in lanes; else each has a thread.
int jobs_of(const Submission& submission, const Family& family) {
  if (submission.choice.jobs) return *submission.choice.jobs;
  const auto most = family.step_together ? std::int64_t{4096} : std::int64_t{*submission.choice.threads};
  return static_cast<int>(std::min(submission.pack, most));
}

void check(const Submission& submission, const Requests& requests) {
  const Family& family = *requests.runs.front().config.family;
  if (requests.single && submission.pack > 1)
    throw UsageError("--pack: " + submission.choice.config + " has no sweep");
  const auto on_cpu = [](const RunRequest& run) { return run.config.run.device == "cpu"; };
  if (const std::string& gpus = submission.resources.gpus;
      !gpus.empty() && std::ranges::all_of(requests.runs, on_cpu))
    throw UsageError("--gpus: the runs compute on the CPU; expected none, got " + gpus);
  if (std::ranges::count(submission.then, "analyze") > 0 && family.analyses.empty())
    throw UsageError("--then analyze: family " + family.name + " has no analyses");
  for (const std::string& path :
       {fs::current_path().string(), fs::absolute(submission.choice.out).string(), submission.choice.config})
    if (path.find('\n') != std::string::npos)
      throw UsageError(config::shortened(path) + ": a path with a line break cannot be given to sbatch");
}

fs::path written(const BatchJob& job, const char* name, const std::string& text) {
  const fs::path script = job.packs.place / kScriptFolder / name;
  make_directories(script.parent_path());
  write_atomically(script, std::string_view(text));
  return script;
}

void submit_all(const BatchJob& job, Plan& plan) {
  require_sbatch();
  if (!job.tasks.empty()) {
    const std::string number = submit(written(job, kArrayScript, array_script(job)), job.resources);
    std::cout << "job " << number << "_[" << array_text(job.tasks) << "], logs "
              << (job.packs.place / kScriptFolder / (number + "_*.log")).string() << "\n";
    plan.jobs.push_back(number);
  }
  if (job.follow_up.empty()) return;
  const std::string number =
      submit(written(job, "then.sbatch", follow_up_script(job)), job.resources, plan.jobs);
  std::cout << "job " << number << " after it, log "
            << (job.packs.place / kScriptFolder / ("then_" + number + ".log")).string() << "\n";
}

}  // namespace

void declare_submission(CLI::App& command, Submission& submission) {
  declare_choice(command, submission.choice);
  const auto means = [&](const char* option, const char* what) {
    command.get_option(option)->description(what);
  };
  means("--config", "YAML file, or JSON");
  means("--begin", "first index");
  means("--threads", "processors of a task, shared by its jobs; 1 where nothing is said");
  means(
      "--jobs",
      "runs at a time in a task; else one for each thread, and where runs share vector lanes all of a pack");
  Resources& r = submission.resources;
  add_integer(command, "--pack", [&](std::int64_t value) { submission.pack = value; },
              "indices of a task, one after another or --jobs at a time", {1, kMany});
  command.add_option("--time", r.time, "limit of a task, as sbatch takes it; it goes on in another session")
      ->check(check_time);
  command.add_option("--mem", r.memory, "memory of a task, as sbatch takes it")->check(check_word);
  command.add_option("--gpus", r.gpus, "of a task, as sbatch takes it")->check(check_word);
  command.add_option("--partition", r.partition, "where the tasks run")->check(check_word);
  command.add_option("--account", r.account, "who is charged")->check(check_word);
  add_integer(command, "--throttle", [&](std::int64_t value) { r.throttle = value; }, "tasks at a time",
              {1, kMany});
  command
      .add_option("--then", submission.then,
                  "what a job after the tasks does with the finished runs; it collects in any case")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"analyze", "collect", "plot"}));
  command.add_flag("--dry-run", submission.dry_run, "print what would be submitted, and stop");
}

void submit_runs(const Submission& given, const Context& context) {
  Submission submission = given;
  RunChoice& choice = submission.choice;
  if (const auto folder = folder_of(choice.config))
    throw UsageError(folder->string() +
                     ": a folder; --engine slurm expects a config, with a sweep or without");
  if (choice.threads == 0) throw UsageError("--threads: expected at least 1 with --engine slurm, got 0");
  const Requests requests = requests_of(choice, nullptr, context);
  check(submission, requests);
  check_parents(requests.runs);
  const RunConfig& config = requests.runs.front().config;
  choice.threads = std::max(1, config.run.threads);
  choice.jobs = jobs_of(submission, *config.family);
  BatchJob job;
  job.packs = packs_for(requests, submission.pack);
  job.resources = submission.resources;
  job.name = config.name;
  job.threads = *choice.threads;
  job.folder = fs::current_path();
  job.program = program(choice);
  Plan plan = plan_of(job.packs, queue_for(submission.dry_run), requests.runs, choice.retry == "failed");
  if (!plan.followed) job.follow_up = submission.then;
  job.tasks = plan.tasks;
  if (submission.dry_run)
    std::cout << (job.tasks.empty() ? "" : array_script(job))
              << (job.follow_up.empty() ? "" : follow_up_script(job));
  else if (!job.tasks.empty() || !job.follow_up.empty())
    submit_all(job, plan);
  log_info(job.name + ": " + text_of(plan, submission.dry_run));
}

}  // namespace tsd::cli
