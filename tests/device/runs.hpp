// Short runs of every family with a backend in LibTorch, on any device.
#pragma once
#include <map>
#include <set>

#include "conformance/requests.hpp"

namespace tsd {

struct PlainRun {
  Subject subject;
  std::string name;
};

// The smoke config of each family, and its other cells and tasks. compare computes with kernels of its own alone.
inline std::vector<PlainRun> plain_runs() {
  static const std::map<std::string, std::vector<std::string>> short_of = {
      {"nback", {"epochs=2", "num_train=64", "num_val=8", "milestones=[1]", "analysis.samples_per_task=4"}},
      {"plastic", {"max_total_iterations=6"}},
      {"microcircuit", {"dataset_size=3", "epochs=2", "Tpres=0.05", "settling_time=0.1", "rec_per_steps=10"}},
      {"dual_stream", {"epochs=2", "n_runs=1"}},
      {"ctd_task", {"train.epochs=2", "nbff.n_timesteps=12", "data_sim.n_samples=10", "data_task.n_samples=20"}},
      {"ctd_data", {"train.epochs=2"}}};
  std::vector<PlainRun> all;
  for (Subject subject : subjects_and_others()) {
    const std::string family = ConfigFile(subject.config, subject_families()).family().name;
    if (family == "compare") continue;
    std::string name = fs::path(subject.config).stem().string() + " of " + family;
    for (const auto& word : subject.overrides) name += ", " + word;
    subject.overrides.push_back("backend=torch");
    for (const auto& word : short_of.at(family))
      if (word.starts_with("n_runs") || subject.config.ends_with("smoke.yaml") || !word.starts_with("epochs="))
        subject.overrides.push_back(word);
    all.push_back({subject, name});
  }
  return all;
}

inline std::vector<std::string> on(const std::string& device) { return {"run.device=" + device, "run.threads=1"}; }

// The names of datasets that differ; what tells of time, device and config aside.
inline std::string differing_datasets(const fs::path& a, const fs::path& b) {
  const Hdf5Reader first(a), second(b);
  std::vector<std::string> of_a, of_b;
  find_datasets(first, "/", of_a);
  find_datasets(second, "/", of_b);
  std::string names;
  for (const auto& path : std::set<std::string>(of_a.begin(), of_a.end())) {
    if (path.starts_with("/provenance/") || is_axis(first, path)) continue;
    const auto bytes = [&](const Hdf5Reader& file) { return file.dataset(path).bytes; };
    try {
      if (!second.exists(path) || bytes(first) != bytes(second)) names += path + " ";
    } catch (const DataError&) {  // text
      if (first.strings(path) != second.strings(path)) names += path + " ";
    }
  }
  if (of_a != of_b) names += "(not the same datasets)";
  return names;
}

}  // namespace tsd
