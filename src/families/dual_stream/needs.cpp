// What a run of dual streams holds in memory.
#include "families/dual_stream/experiment.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::dual_stream {

namespace {

// Items that are learnt from: of a file, which is not read here, one at least.
int items_of(const Config& c) {
  const Task task = c.resolved_task();
  const int items = task == Task::shj ? 8 : task == Task::file ? 1 : 100;
  return std::max(1, items - static_cast<int>(c.held_out.size()));
}

// The key that asks for the size of a participant.
Asked size_of_stream(const Config& c, const Layout& layout) {
  if (layout.slow_size >= layout.fast_size)
    return {"slow_config.n_units", static_cast<double>(c.slow_config.n_units), 25};
  if (c.fast == FastName::multiunit_clustering)
    return {"fast_config.n_units", static_cast<double>(c.fast_config.n_units), 10000};
  if (c.fast == FastName::clustering)
    return {"fast_config.max_num_clusters", c.fast_config.max_num_clusters.value_or(100) * 1.0, 100};
  return {"fast_config.max_nunits", c.fast_config.max_nunits.value_or(1000) * 1.0, 1000};
}

}  // namespace

std::vector<MemoryNeed> memory(const Config& c) {
  constexpr int K = 2;
  constexpr double kNumber = sizeof(float);
  const int items = items_of(c), D = c.features();
  const Layout layout(c.spec(D, K, items));
  const double problems = c.resolved_task() == Task::shj ? double(c.problem_types.size()) : 1;
  const double participants = problems * c.n_runs;
  const double curves = kCurves + 3 + D, trials = c.save_trials ? items * (2.0 * K + 1) : 0;
  const Asked runs = {"n_runs", double(c.n_runs), 50}, blocks = {"epochs", double(c.epochs), 350};
  const double epochs = static_cast<double>(c.n_runs) * c.epochs;
  return {{to_blame({runs, blocks}), kNumber * epochs * (problems * (curves + trials) + items)},
          {to_blame({runs, size_of_stream(c, layout)}),
           // As it began, as it is, and twice while a checkpoint is made.
           4 * kNumber * participants * static_cast<double>(layout.size())}};
}

}  // namespace tsd::dual_stream
