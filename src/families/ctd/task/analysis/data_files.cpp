// Data sets of a task in the reference's layout (ctd_task.md 6.1).
#include <array>

#include "families/ctd/task/analysis/recording.hpp"
#include "families/ctd/task/data/dataset.hpp"
#include "tsd/engine/rng/seed_32.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/run_directory.hpp"

namespace tsd::ctd_task {

namespace {

struct Columns {
  const char* name;
  std::vector<double> Trial::*values;
  bool per_step;
  const char* dims;
};
constexpr std::array kColumns = {
    Columns{"ics", &Trial::ics, false, "trial,variable"},
    Columns{"inputs", &Trial::inputs, true, "trial,time,input"},
    Columns{"true_inputs", &Trial::true_inputs, true, "trial,time,task input"},
    Columns{"targets", &Trial::targets, true, "trial,time,output"},
    Columns{"inputs_to_env", &Trial::inputs_to_env, true, "trial,time,component"},
    Columns{"extra", &Trial::extra, false, "trial,number"},
};

// One of the two parts of a split.
struct Part {
  std::int64_t n = 0;
  std::array<std::vector<double>, kColumns.size()> values;
  std::vector<std::int64_t> conds, index;
  std::vector<std::int32_t> phases;

  void put(std::int64_t row, std::int64_t generated, const Trial& trial) {
    const auto at = static_cast<std::size_t>(row), all = static_cast<std::size_t>(n);
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
      const auto& from = trial.*kColumns[c].values;
      values[c].resize(all * from.size());
      std::copy(from.begin(), from.end(), values[c].begin() + static_cast<std::ptrdiff_t>(at * from.size()));
    }
    conds.resize(all), index.resize(all), phases.resize(all * kPhases * 2);
    conds[at] = trial.cond, index[at] = generated;
    for (std::size_t p = 0; p < kPhases; ++p) {
      phases[(at * kPhases + p) * 2] = trial.phases[p].begin;
      phases[(at * kPhases + p) * 2 + 1] = trial.phases[p].end;
    }
  }
};

void write(Hdf5Writer& file, const std::string& prefix, const Part& part, const Task& task) {
  const std::int64_t T = shape_of(task).T;
  const std::string its = prefix == "/train_" ? "training " : "validation ";
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    const auto size = static_cast<std::int64_t>(part.values[c].size());
    if (size == 0) continue;
    const Shape shape =
        kColumns[c].per_step ? Shape{part.n, T, size / (part.n * T)} : Shape{part.n, size / part.n};
    file.dataset<double>(prefix + kColumns[c].name, part.values[c], shape, {its + kColumns[c].dims, "", ""});
  }
  file.dataset(prefix + "conds", part.conds, {its + "trial", "", "condition"});
  file.dataset(prefix + "inds", part.index, {its + "trial", "", "place in order of generation"});
  if (const auto* multi = std::get_if<MultiTask>(&task)) {
    file.dataset<std::int32_t>(
        prefix + "phases", part.phases, {part.n, kPhases, 2},
        {its + "trial,phase,edge", "steps", "begin and end; -1 where the task has none"});
    if (prefix == "/train_")
      file.strings("/task_names", multi->task_list, {"condition", "", "names of conditions"});
  }
}

void write_file(const Task& task, std::int64_t n_samples, std::uint64_t seed,
                const std::filesystem::path& folder) {
  const Places places = split_places(task, n_samples, seed);
  Part train, valid;
  train.n = places.N - places.n_valid, valid.n = places.n_valid;
  NumpyLegacy stream(seed_32(seed));
  generate(task, n_samples, stream, [&](std::int64_t index, const Trial& trial) {
    const std::int64_t place = places.place[static_cast<std::size_t>(index)];
    if (place < places.n_valid)
      valid.put(place, index, trial);
    else
      train.put(place - places.n_valid, index, trial);
  });
  make_directories(folder);
  const auto path = folder / (data_name(task, n_samples, seed) + ".h5");
  Hdf5Writer file(path);
  write(file, "/train_", train, task);
  write(file, "/valid_", valid, task);
  file.close();
  log_info(path.string() + ": " + std::to_string(places.N) + " trials");
}

}  // namespace

void write_data(const Config& config, std::uint64_t seed, const std::filesystem::path& out) {
  write_file(config.training_task(), config.data_task.n_samples, seed + config.data_task.seed_offset,
             out / "tt");
  write_file(config.simulated_task(), config.data_sim.n_samples, seed + config.data_sim.seed_offset,
             out / "sim");
}

}  // namespace tsd::ctd_task
