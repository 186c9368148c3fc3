#include "families/layered/schedule.hpp"

#include <algorithm>

namespace tsd::layered {

namespace {

Set set_of(const std::string& name) {
  return static_cast<Set>(std::ranges::find(kSetNames, name) - std::begin(kSetNames));
}

void add(const std::vector<std::string>& sets, int epoch, std::vector<Pass>& passes) {
  for (const auto& set : sets) passes.push_back({set_of(set), false, epoch});
}

}  // namespace

std::vector<Pass> schedule(const Config& c) {
  std::vector<Pass> passes;
  add(c.evaluation.before, 0, passes);
  for (int epoch = 1; epoch <= c.epochs; ++epoch) {
    passes.push_back({Set::train, true, epoch});
    if (c.evaluates_after(epoch)) add(c.evaluation.after, epoch, passes);
  }
  add(c.evaluation.end, c.epochs, passes);
  return passes;
}

Set judged_set(const Config& c) {
  const auto passes = schedule(c);
  for (const Set set : {Set::validation, Set::test})
    if (std::ranges::any_of(passes, [&](const Pass& p) { return p.set == set; })) return set;
  return Set::train;
}

}  // namespace tsd::layered
