// Short runs of every family with a backend in LibTorch, on any device.
#pragma once
#include <map>
#include <set>
#include <sstream>

#include "conformance/requests.hpp"

namespace tsd {

// The smoke config of each family, its other cells and tasks. compare computes with kernels of its own alone.
inline std::vector<Subject> plain_subjects() {
  const std::string configs = TSD_SOURCE_DIR "/configs/";
  std::vector<Subject> all = subjects_and_others();
  for (
      const char* more :
      {"nback/smoke.yaml rnn_type=lstm", "nback/smoke.yaml rnn_type=rnn",
       "plastic/smoke.yaml network_type=HebbFF hidden_dims=[12] plastic_types=[M] hetero_rates=[1]",
       "plastic/smoke.yaml network_type=LSTM", "microcircuit/smoke.yaml model_type=BP",
       "ctd/smoke_multitask.yaml", "ctd/smoke_randomtarget.yaml", "ctd_data/smoke.yaml model.cell=node",
       "dual_stream/smoke_fit.yaml fast=clustering fit.parameters=[fast_config.lr_clustering] fit.low=[0.01] "
       "fit.high=[0.5]"}) {
    std::istringstream words(more);
    std::string word;
    words >> word;
    all.push_back({configs + word, {}});
    while (words >> word) all.back().overrides.push_back(word);
  }
  std::erase_if(all, [](const Subject& s) { return s.config.find("/compare/") != std::string::npos; });
  for (Subject& subject : all)  // layered networks have no other
    if (subject.config.find("/layered/") == std::string::npos) subject.overrides.push_back("backend=torch");
  return all;
}

struct PlainRun {
  Subject subject;
  std::string name;
  bool first;  // of its family
};

// The same, shorter.
inline std::vector<PlainRun> plain_runs() {
  static const std::map<std::string, std::vector<std::string>> shorter = {
      {"nback/smoke.yaml",
       {"epochs=2", "num_train=64", "num_val=8", "milestones=[1]", "analysis.samples_per_task=4"}},
      {"plastic/smoke.yaml", {"max_total_iterations=6", "n_runs=1"}},
      {"microcircuit/smoke.yaml",
       {"dataset_size=3", "epochs=2", "Tpres=0.05", "settling_time=0.1", "rec_per_steps=10"}},
      {"layered/smoke.yaml", {"epochs=2", "n_updates=4", "evaluation.end=[]"}},
      {"dual_stream/smoke.yaml", {"epochs=2", "n_runs=1", "map_points=5"}},
      {"dual_stream/smoke_shj.yaml", {"epochs=2"}},
      {"dual_stream/smoke_fit.yaml", {"epochs=2", "fit.starts=1", "fit.evaluations=5", "fit.bootstrap=0"}},
      {"ctd_task/smoke.yaml",
       {"train.epochs=2", "nbff.n_timesteps=12", "data_sim.n_samples=10", "data_task.n_samples=20"}},
      {"ctd/smoke_multitask.yaml", {"train.epochs=1"}},
      {"ctd/smoke_randomtarget.yaml", {"train.epochs=1"}},
      {"ctd/smoke_lfads.yaml", {"train.epochs=2"}},
      {"ctd_data/smoke.yaml", {"train.epochs=2"}}};
  std::vector<PlainRun> all;
  std::set<std::string> families = {"ctd"};  // a folder of ctd_task and ctd_data
  for (Subject subject : plain_subjects()) {
    std::string name = fs::relative(subject.config, TSD_SOURCE_DIR "/configs").string();
    const auto words = shorter.at(name);
    for (const auto& word : subject.overrides) name += " " + word;
    subject.overrides.insert(subject.overrides.begin(), words.begin(), words.end());
    all.push_back({subject, name, families.insert(name.substr(0, name.find('/'))).second});
  }
  return all;
}

inline std::vector<std::string> on(const std::string& device) {
  return {"run.device=" + device, "run.threads=1"};
}

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
