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

std::vector<Subject> subjects() {
  // Not dual_stream, which draws the order of all epochs at once, nor compare, which has none.
  static const std::map<std::string, std::string> shorter = {{"nback", "epochs=2"},
                                                             {"plastic", "max_total_iterations=31"},
                                                             {"microcircuit", "epochs=5"},
                                                             {"ctd_task", "train.epochs=1"},
                                                             {"ctd_data", "train.epochs=2"}};
  std::vector<Subject> all;
  for (const auto& family : families()) {
    const auto found = shorter.find(family.name);
    all.push_back({TSD_SOURCE_DIR "/configs/" + family.name + "/smoke.yaml",
                   {},
                   found == shorter.end() ? "" : found->second});
  }
  return all;
}

}  // namespace tsd
