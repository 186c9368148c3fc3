// What the conformance suite is run against: any list of families, each with a config that takes seconds.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "tsd/engine/accelerator.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd {

struct Subject {
  std::string config;
  std::vector<std::string> overrides;
  // The same run ending earlier, as an override, where its state may go on to the whole: "epochs=2".
  std::string shorter = {};
  std::string change = {};           // that a fork may make: "lr=0.01"; empty: the family has none
  std::vector<Subject> others = {};  // of the family, which read keys that this one does not
};

// Given by the program that links the suite.
std::span<const Family> subject_families();
const Accelerator& subject_accelerator();
std::vector<Subject> subjects();

}  // namespace tsd
