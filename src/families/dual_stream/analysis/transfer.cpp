#include "families/dual_stream/analysis/transfer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "families/dual_stream/people/medin1978.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::dual_stream {

namespace {

constexpr int kResamples = 2000;

// p(class 0) of every item after training, [run][item], of the participants that stayed finite.
std::vector<std::vector<double>> answers_of(DualStreamExperiment& e) {
  const auto& s = e.stimuli();
  const std::size_t width = values_per_trial(e.model().K);
  std::vector<std::vector<double>> all;
  const std::vector<std::int32_t> first(static_cast<std::size_t>(s.items()), 0);
  for (const Outcome& outcome : e.ask(0, s.x, first)) {
    all.emplace_back();
    for (std::size_t i = lc_total; i < outcome.values.size(); i += width)
      all.back().push_back(1 - static_cast<double>(outcome.values[i]));
  }
  std::erase_if(all, [](const auto& of_run) {
    return std::ranges::any_of(of_run, [](double p) { return !std::isfinite(p); });
  });
  return all;
}

std::vector<double> mean_of(const std::vector<std::vector<double>>& runs, const std::vector<int>& often) {
  std::vector<double> mean(runs[0].size());
  for (std::size_t run = 0; run < runs.size(); ++run)
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += often[run] * runs[run][i] / static_cast<double>(runs.size());
  return mean;
}

double sse_of(const std::vector<double>& p, const std::vector<double>& people) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += (p[i] - people[i]) * (p[i] - people[i]);
  return sum;
}

}  // namespace

std::vector<Output> transfer_outputs() {
  return {
      {"/transfer/people", "item", "probability",
       "p(class 0) of 32 people after training, Medin & Schaffer 1978, Experiment 2; items as in /stimuli"},
      {"/transfer/model", "item", "probability", "p(class 0) after training, mean over participants"},
      {"/transfer/model_low", "item", "probability",
       "lower end of its 95 % bootstrap interval over participants"},
      {"/transfer/model_high", "item", "probability", "upper end"},
      {"/transfer/sse", "", "", "sum of squared differences"},
      {"/transfer/rmsd", "", "probability", "root of their mean"},
  };
}

bool write_transfer(DualStreamExperiment& e, Hdf5Writer& results) {
  const auto places = five_four(e.stimuli(), e.config().held_out);
  if (!places) return false;
  std::vector<double> people;
  for (const std::size_t place : *places) people.push_back(kFiveFour[place].p_first);
  const auto runs = answers_of(e);
  if (runs.empty()) {
    log_warning("human: no participant stayed finite");
    return true;
  }
  const auto model = mean_of(runs, std::vector<int>(runs.size(), 1));
  std::vector<std::vector<double>> resampled(model.size());
  Philox rng(e.context().seed, "human");
  for (int i = 0; i < kResamples; ++i) {
    const auto mean = mean_of(runs, math::resample_counts(static_cast<int>(runs.size()), rng));
    for (std::size_t item = 0; item < mean.size(); ++item) resampled[item].push_back(mean[item]);
  }
  std::vector<double> low, high;
  for (const auto& of_item : resampled) {
    const math::Interval interval = math::percentiles(of_item);
    low.push_back(interval.low);
    high.push_back(interval.high);
  }
  const auto write = [&](const std::string& path, const std::vector<double>& values) {
    results.dataset(path, values, meaning_of(transfer_outputs(), path));
  };
  write("/transfer/people", people);
  write("/transfer/model", model);
  write("/transfer/model_low", low);
  write("/transfer/model_high", high);
  const double sse = sse_of(model, people), rmsd = std::sqrt(sse / static_cast<double>(model.size()));
  results.dataset("/transfer/sse", make_scalar("", sse), meaning_of(transfer_outputs(), "/transfer/sse"));
  results.dataset("/transfer/rmsd", make_scalar("", rmsd), meaning_of(transfer_outputs(), "/transfer/rmsd"));
  char line[80];
  std::snprintf(line, sizeof line, "human: RMSD %.4f over %zu items of the transfer test", rmsd,
                model.size());
  log_info(line);
  return true;
}

}  // namespace tsd::dual_stream
