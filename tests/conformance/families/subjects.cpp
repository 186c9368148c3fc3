// Every family of tsd, by its configs/<family>/smoke.yaml.
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
  std::vector<Subject> all;
  for (const auto& family : families())
    all.push_back({TSD_SOURCE_DIR "/configs/" + family.name + "/smoke.yaml", {}});
  return all;
}

}  // namespace tsd
