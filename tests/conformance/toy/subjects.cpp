#include "conformance/subject.hpp"
#include "toy/toy.hpp"

namespace tsd {

std::span<const Family> subject_families() {
  static const Family toy[] = {toy::family()};
  return toy;
}

const Accelerator& subject_accelerator() {
  static const Accelerator none;
  return none;
}

std::vector<Subject> subjects() {
  return {{TSD_SOURCE_DIR "/tests/toy/toy.yaml", {}, "epochs=2", "lr=0.01"}};
}

}  // namespace tsd
