// Every family of tsd, by its configs/<family>/smoke.yaml.
#include <map>

#include "conformance/subject.hpp"
#include "tsd/families/families.hpp"
#include "tsd/nn/accelerator.hpp"

namespace tsd {

std::span<const Family> subject_families() { return families(); }

const Accelerator& subject_accelerator() {
  static const Accelerator libtorch = nn::accelerator();
  return libtorch;
}

namespace {
const Accelerator& known = subject_accelerator();  // and its devices, before any config is read
}

std::vector<Subject> subjects() {
  struct Fork {
    std::string shorter, change;
  };
  // dual_stream draws the order of all epochs at once; compare learns nothing.
  static const std::map<std::string, Fork> forks = {{"nback", {"epochs=2", "lr=1e-3"}},
                                                    {"plastic", {"max_total_iterations=31", "lr=0.01"}},
                                                    {"dual_stream", {"", "slow_config.lr=0.2"}},
                                                    {"microcircuit", {"epochs=5", "eta_bw=[10, 10]"}},
                                                    {"ctd_task", {"train.epochs=1", "train.lr=1e-3"}},
                                                    {"ctd_data", {"train.epochs=2", "train.lr=1e-3"}},
                                                    {"layered", {"", "lr=4"}},
                                                    {"compare", {}}};
  const std::string configs = TSD_SOURCE_DIR "/configs/";
  const std::map<std::string, std::vector<Subject>> others = {
      {"nback", {{configs + "nback/smoke.yaml", {"model_type=attention"}}}},
      {"plastic", {{configs + "plastic/smoke.yaml", {"acc_threshold=0.5", "n_runs=1"}, "max_R=4"}}},
      {"layered", {{configs + "layered/smoke.yaml", {"evaluation.end=[]"}, "epochs=2"}}},
      {"ctd_task", {{configs + "ctd_task/smoke.yaml", {"model.type=NoisyGRULatentL2"}}}},
      {"ctd_data",
       {{configs + "ctd/smoke_lfads.yaml", {"train.lr_scheduler=true"}},
        {configs + "ctd/smoke_lfads.yaml", {"model.likelihood=zero_inflated_gamma"}}}},
      {"dual_stream",
       {{configs + "dual_stream/smoke_shj.yaml", {}},
        {configs + "dual_stream/smoke_shj.yaml", {"fast=multiunit_clustering"}}}}};
  std::vector<Subject> all;
  for (const auto& family : families()) {
    const Fork& fork = forks.at(family.name);
    all.push_back({TSD_SOURCE_DIR "/configs/" + family.name + "/smoke.yaml",
                   {},
                   fork.shorter,
                   fork.change,
                   others.contains(family.name) ? others.at(family.name) : std::vector<Subject>{}});
  }
#ifdef TSD_SUBJECT_DEVICE
  for (Subject& subject : all) {
    if (subject.config.find("/compare/") != std::string::npos) continue;  // has the CPU alone
    subject.overrides.push_back("run.device=" TSD_SUBJECT_DEVICE);
    for (Subject& other : subject.others) other.overrides.push_back("run.device=" TSD_SUBJECT_DEVICE);
  }
#endif
  return all;
}

}  // namespace tsd
