#include <algorithm>
#include <array>
#include <cmath>

#include "families/dual_stream/analysis/analyses.hpp"
#include "families/dual_stream/experiment.hpp"

namespace tsd::dual_stream {

namespace {

double area_under(const std::vector<double>& curve) {
  double area = 0;
  for (std::size_t e = 0; e + 1 < curve.size(); ++e) area += (curve[e] + curve[e + 1]) / 2;
  return area;
}

// First epoch in which the slow stream errs less than the fast one.
std::int32_t crossover(const std::vector<double>& fast, const std::vector<double>& slow) {
  for (std::size_t e = 0; e < fast.size(); ++e)
    if (slow[e] < fast[e]) return static_cast<std::int32_t>(e);
  return -1;
}

// Clusters of the solution that needs fewest, by type of the task shj.
int canonical_clusters(const std::string& problem) {
  constexpr std::array kClusters = {2, 4, 6, 6, 6, 8};
  return kClusters[static_cast<std::size_t>(problem.back() - '1')];
}

std::vector<Output> outputs() {
  std::vector<Output> all;
  for (const char* stream : {"fast", "slow", "total"})
    all.push_back({std::string("/<problem>/auc_") + stream, "", "epochs",
                   std::string("trapezoidal area under lc_") + stream});
  all.push_back({"/<problem>/crossover_epoch", "", "",
                 "first epoch with lc_slow below lc_fast; -1: never, or a stream is missing"});
  all.push_back({"/<problem>/clusters", "run", "units", "clusters in use after training (clustering)"});
  all.push_back({"/<problem>/canonical_fraction", "", "fraction",
                 "runs with the type's fewest clusters: 2, 4, 6, 6, 6, 8 (clustering on shj)"});
  all.push_back({"/<problem>/attention_mean", "feature", "",
                 "attention after training, not constrained again, mean over runs (clustering)"});
  return all;
}

void write_clusters(DualStreamExperiment& e, std::size_t problem, const std::string& group,
                    Hdf5Writer& results) {
  const auto meaning = [&](const std::string& name) {
    return tsd::meaning_of(outputs(), "/<problem>/" + name);
  };
  std::vector<std::int32_t> clusters;
  std::vector<double> attention(static_cast<std::size_t>(e.model().D));
  for (std::size_t run = 0; run < e.runs(); ++run) {
    const auto state = e.final_state(problem, run);
    const Slot &flags = e.layout().active, &alpha = e.layout().attention;
    std::int32_t count = 0;
    for (std::size_t j = 0; j < flags.size(); ++j) count += state[flags.offset + j] != 0;
    clusters.push_back(count);
    for (std::size_t m = 0; m < attention.size(); ++m)
      attention[m] += state[alpha.offset + m] / static_cast<double>(e.runs());
  }
  results.dataset(group + "clusters", clusters, meaning("clusters"));
  results.dataset(group + "attention_mean", attention, meaning("attention_mean"));
  if (e.config().resolved_task() != Task::shj) return;
  const auto canonical = std::ranges::count(clusters, canonical_clusters(e.stimuli().problems[problem].name));
  results.dataset(group + "canonical_fraction",
                  make_scalar("", static_cast<double>(canonical) / static_cast<double>(e.runs())),
                  meaning("canonical_fraction"));
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& e = run_of(finished);
  const auto meaning = [&](const std::string& name) {
    return tsd::meaning_of(outputs(), "/<problem>/" + name);
  };
  for (std::size_t p = 0; p < e.stimuli().problems.size(); ++p) {
    const std::string group = "/" + e.stimuli().problems[p].name + "/";
    const auto fast = e.curve(p, lc_fast), slow = e.curve(p, lc_slow), total = e.curve(p, lc_total);
    const auto write_area = [&](const std::string& name, const std::vector<double>& curve) {
      results.dataset(group + name, make_scalar("", area_under(curve)), meaning(name));
    };
    write_area("auc_fast", fast);
    write_area("auc_slow", slow);
    write_area("auc_total", total);
    const std::int32_t epoch = e.config().single_stream() ? -1 : crossover(fast, slow);
    results.dataset(group + "crossover_epoch", make_scalar("", epoch), meaning("crossover_epoch"));
    if (e.model().fast.kind == FastKind::clustering) write_clusters(e, p, group, results);
  }
}

}  // namespace

Analysis learning() {
  return {"learning", "areas under the learning curves, crossover of the streams, clusters and attention",
          outputs(), run};
}

}  // namespace tsd::dual_stream
