// What `tsd sweep --engine slurm` writes beside the runs: the script of an array job, and that of the job that
// follows it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tsd::cli {

// Which runs a task of the array has: of a sweep, task t has the indices size t to size t + size - 1, as far
// as they are within begin and end.
struct Packs {
  std::filesystem::path place;  // absolute; the folder of the sweep, or of the one run
  bool sweep = true;            // else one run without an index, of task 0
  std::int64_t size = 1, begin = 0, end = 0;

  std::vector<std::int64_t> indices_of(std::int64_t task) const;
  std::vector<std::filesystem::path> directories_of(std::int64_t task) const;  // of the runs
  std::int64_t task_of(std::int64_t index) const { return index / size; }
};

inline constexpr const char *kScriptFolder = "slurm", *kArrayScript = "array.sbatch";  // beside the runs

// By it a task in the queue is known: the comment of its job.
std::string comment_of(const Packs& packs);
std::optional<Packs> packs_of(const std::string& comment);
std::string follow_up_comment(const std::filesystem::path& place);

// As sbatch takes them; what is not given is left to the cluster.
struct Resources {
  std::string time, memory, gpus, partition, account;
  std::int64_t throttle = 0;  // tasks at a time; 0: no bound

  std::vector<std::string> words() const;  // "--time=90", of what is given of the first five
};

struct BatchJob {
  Packs packs;
  Resources resources;
  std::string name;                    // of the config
  int threads = 1;                     // processors of a task
  std::filesystem::path folder;        // where it was submitted: paths in settings are relative to it
  std::vector<std::string> program;    // tsd, train and its words
  std::vector<std::string> follow_up;  // of analyze, plot
  std::vector<std::int64_t> tasks;     // in order
};

// Minutes of a limit as SLURM writes it: 90, 90:00, 1:30:00, 1-2, 1-2:30, 1-2:30:00; nothing for what is none.
// 0: no limit.
std::optional<double> minutes_of(const std::string& time);

std::string array_script(const BatchJob& job);
std::string follow_up_script(const BatchJob& job);
std::string array_text(const std::vector<std::int64_t>& tasks);  // "0-3,7"

}  // namespace tsd::cli
