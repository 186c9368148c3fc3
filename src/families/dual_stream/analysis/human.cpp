// The six problems beside people: errors by block, distance, and the order of difficulty (dual_stream.md 7.4).
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "families/dual_stream/analysis/analyses.hpp"
#include "families/dual_stream/analysis/transfer.hpp"
#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/people/nosofsky1994.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::dual_stream {

namespace {

constexpr int kResamples = 2000;

// I < II < (III, IV, V) < VI, every pair that this says.
constexpr std::pair<int, int> kOrder[] = {{1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6}, {2, 3},
                                          {2, 4}, {2, 5}, {2, 6}, {3, 6}, {4, 6}, {5, 6}};

std::vector<Output> outputs() {
  const std::string interval = " of its 95 % bootstrap interval over participants";
  std::vector<Output> all = {
      {"/type", "problem", "", "1 to 6, of the six problems"},
      {"/people/error", "problem,block", "probability",
       "errors of people, Nosofsky et al. 1994, Table 1; blocks of 16 trials"},
      {"/people/errors", "problem,block", "", "the same as counts, of 640 answers of 40 people"},
      {"/people/mean", "problem", "probability", "the same, mean over the scored blocks"},
      {"/blocks", "", "", "blocks that are scored: the first 16, or as many as the run has"},
  };
  const auto with_interval = [&](const std::string& path, const std::string& dims, const std::string& units,
                                 const std::string& what) {
    all.push_back({path, dims, units, what});
    all.push_back({path + "_low", dims, units, "lower end" + interval});
    all.push_back({path + "_high", dims, units, "upper end" + interval});
  };
  with_interval("/model/error", "problem,block", "probability",
                "probability of error of the sum of the streams, mean over participants and two epochs");
  with_interval("/model/mean", "problem", "probability", "the same, mean over the scored blocks");
  with_interval("/rmsd", "", "probability", "root mean squared difference to people over the scored cells");
  all.push_back({"/sse", "", "", "sum of the squared differences"});
  all.push_back({"/g2", "", "",
                 "2 (lnL of the saturated model - lnL), binomial in cells, probabilities held above 1/1280"});
  all.push_back({"/order/pair", "pair,2", "", "types of which the first should be easier"});
  with_interval("/order/gap", "pair", "probability", "mean error of the second less that of the first");
  all.push_back(
      {"/order/p", "pair", "",
       "share of the resamples of participants in which the first is not easier, (1 + them) / 2001"});
  all.push_back({"/order/holds", "", "0 no, 1 yes", "every pair is in the order of people"});
  all.push_back({"/order/p_any", "", "",
                 "largest p of all pairs: below 0.05 the whole order holds (intersection of the tests)"});
  const auto transfer = transfer_outputs();
  all.insert(all.end(), transfer.begin(), transfer.end());
  return all;
}

using Blocks = std::vector<std::vector<double>>;  // [participant, block]

// Of the participants that stayed finite; nobody where the problem ended early.
Blocks blocks_of(const DualStreamExperiment& e, std::size_t problem, int blocks) {
  if (!std::isfinite(e.curve(problem, lc_total)[0])) return {};
  Blocks all(e.runs(), std::vector<double>(static_cast<std::size_t>(blocks)));
  for (std::size_t epoch = 0; epoch < static_cast<std::size_t>(blocks) * kEpochsPerBlock; ++epoch) {
    const auto error = e.by_run(problem, lc_total, epoch);
    for (std::size_t run = 0; run < error.size(); ++run)
      all[run][epoch / kEpochsPerBlock] += static_cast<double>(error[run]) / kEpochsPerBlock;
  }
  std::erase_if(all, [](const auto& of_run) {
    return std::ranges::any_of(of_run, [](double x) { return !std::isfinite(x); });
  });
  return all;
}

std::vector<double> mean_of(const Blocks& all, const std::vector<int>& often, int blocks) {
  std::vector<double> mean(static_cast<std::size_t>(blocks), all.empty() ? NAN : 0);
  for (std::size_t run = 0; run < all.size(); ++run)
    for (std::size_t b = 0; b < mean.size(); ++b)
      mean[b] += often[run] * all[run][b] / static_cast<double>(all.size());
  return mean;
}

double mean_of(const std::vector<double>& curve, int scored) {
  double sum = 0;
  for (int b = 0; b < scored; ++b) sum += curve[static_cast<std::size_t>(b)] / scored;
  return sum;
}

// Everything that is told, of one (re)sample of the participants.
struct Sample {
  Blocks error;              // [problem, block]
  std::vector<double> mean;  // [problem]
  Fit fit;
};

class Comparison {
 public:
  explicit Comparison(const DualStreamExperiment& e)
      : types_(e.config().problem_types),
        blocks_(std::min(kPeopleBlocks, static_cast<int>(e.epochs()) / kEpochsPerBlock)),
        scored_(std::min(kScoredBlocks, blocks_)) {
    for (std::size_t p = 0; p < types_.size(); ++p) participants_.push_back(blocks_of(e, p, blocks_));
    whole_ = sample(nullptr);
    Philox rng(e.context().seed, "human");
    for (int i = 0; i < kResamples; ++i) resamples_.push_back(sample(&rng));
    for (const auto& [easier, harder] : kOrder)
      if (std::ranges::count(types_, easier) > 0 && std::ranges::count(types_, harder) > 0)
        pairs_.push_back({place(easier), place(harder)});
  }

  void write(Hdf5Writer& results) const {
    const std::vector<std::int32_t> types(types_.begin(), types_.end());
    put(results, "/type", types, {of_problems()});
    put(results, "/blocks", std::vector<std::int32_t>{scored_}, {});
    write_people(results);
    for (std::size_t p = 0; p < types_.size(); ++p)
      if (participants_[p].empty()) log_warning("human: no participant of a type stayed finite");
    write_with_interval(results, "/model/error", {of_problems(), blocks_}, [](const Sample& s) {
      std::vector<double> all;
      for (const auto& curve : s.error) all.insert(all.end(), curve.begin(), curve.end());
      return all;
    });
    write_with_interval(results, "/model/mean", {of_problems()}, [](const Sample& s) { return s.mean; });
    write_with_interval(results, "/rmsd", {}, [](const Sample& s) { return std::vector{s.fit.rmsd}; });
    put(results, "/sse", std::vector{whole_.fit.sse}, {});
    put(results, "/g2", std::vector{whole_.fit.g2}, {});
    write_order(results);
  }

 private:
  std::int64_t of_problems() const { return std::ssize(types_); }
  std::size_t place(int type) const {
    return static_cast<std::size_t>(std::ranges::find(types_, type) - types_.begin());
  }

  template <class T>
  static void put(Hdf5Writer& results, const std::string& path, const std::vector<T>& values,
                  const Shape& shape) {
    results.dataset<T>(path, values, shape, meaning_of(outputs(), path));
  }

  Sample sample(Philox* rng) const {
    Sample s;
    for (const Blocks& all : participants_) {
      const int n = static_cast<int>(all.size());
      s.error.push_back(
          mean_of(all, rng ? math::resample_counts(n, *rng) : std::vector<int>(all.size(), 1), blocks_));
      s.mean.push_back(mean_of(s.error.back(), scored_));
    }
    s.fit = fit_to_people(types_, s.error, scored_);
    return s;
  }

  template <class Values>
  void write_with_interval(Hdf5Writer& results, const std::string& path, const Shape& shape,
                           const Values& values) const {
    const std::vector<double> mean = values(whole_);
    std::vector<std::vector<double>> all(mean.size());
    for (const Sample& s : resamples_) {
      const auto of_sample = values(s);
      for (std::size_t i = 0; i < all.size(); ++i) all[i].push_back(of_sample[i]);
    }
    std::vector<double> low, high;
    for (const auto& of_value : all) {
      const math::Interval interval = math::percentiles(of_value);
      low.push_back(interval.low);
      high.push_back(interval.high);
    }
    put(results, path, mean, shape);
    put(results, path + "_low", low, shape);
    put(results, path + "_high", high, shape);
  }

  void write_people(Hdf5Writer& results) const {
    std::vector<double> error, mean;
    std::vector<std::int32_t> errors;
    for (const int type : types_) {
      double sum = 0;
      for (int b = 0; b < kPeopleBlocks; ++b) {
        error.push_back(people_error(type, b));
        errors.push_back(kPeopleErrors[static_cast<std::size_t>(type - 1)][static_cast<std::size_t>(b)]);
        if (b < scored_) sum += error.back() / scored_;
      }
      mean.push_back(sum);
    }
    put(results, "/people/error", error, {of_problems(), kPeopleBlocks});
    put(results, "/people/errors", errors, {of_problems(), kPeopleBlocks});
    put(results, "/people/mean", mean, {of_problems()});
  }

  void write_order(Hdf5Writer& results) const {
    std::vector<std::int32_t> pairs;
    std::vector<double> p;
    bool holds = !pairs_.empty();
    for (const auto& [easier, harder] : pairs_) {
      pairs.insert(pairs.end(), {types_[easier], types_[harder]});
      holds = holds && whole_.mean[easier] < whole_.mean[harder];
      const auto against = std::ranges::count_if(
          resamples_,
          [first = easier, second = harder](const Sample& s) { return !(s.mean[first] < s.mean[second]); });
      p.push_back((1.0 + static_cast<double>(against)) / (1 + kResamples));
    }
    const double largest = p.empty() ? NAN : std::ranges::max(p);
    put(results, "/order/pair", pairs, {std::ssize(pairs_), 2});
    write_with_interval(results, "/order/gap", {std::ssize(pairs_)}, [this](const Sample& s) {
      std::vector<double> all;
      for (const auto& [easier, harder] : pairs_) all.push_back(s.mean[harder] - s.mean[easier]);
      return all;
    });
    put(results, "/order/p", p, {std::ssize(pairs_)});
    put(results, "/order/holds", std::vector<std::int32_t>{holds}, {});
    put(results, "/order/p_any", std::vector{largest}, {});
    char line[120], order[60] = "";
    if (!pairs_.empty())
      std::snprintf(order, sizeof order, "; order of people %s (p %.4f)", holds ? "holds" : "does not hold",
                    largest);
    std::snprintf(line, sizeof line, "human: RMSD %.4f over %d blocks%s", whole_.fit.rmsd, scored_, order);
    log_info(line);
  }

  std::vector<int> types_;
  int blocks_, scored_;
  std::vector<Blocks> participants_;  // [problem]
  Sample whole_;
  std::vector<Sample> resamples_;
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;  // places in `types_`
};

void run(Experiment& finished, Hdf5Writer& results) {
  auto& e = run_of(finished);
  if (write_transfer(e, results)) return;
  if (e.config().resolved_task() != Task::shj)
    return log_warning(
        "human: people were asked about the six problems and the 5-4 structure; needs task: shj, or the items "
        "of configs/dual_stream/five_four.yaml");
  if (e.epochs() < kEpochsPerBlock)
    return log_warning("human: needs 2 epochs at least, a block of 16 trials; the run has 1");
  Comparison(e).write(results);
}

}  // namespace

Analysis human() {
  return {"human",
          "errors by block beside those of people on the six problems, distance, order of difficulty",
          outputs(), run};
}

}  // namespace tsd::dual_stream
