#include "families/ctd/compare/similarity/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "families/ctd/compare/similarity/similarity.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {
namespace {

// Of the reference's optimisations here.
constexpr std::int64_t kUpdates = 1000;
constexpr double kLearningRate = 0.01;

// All trials behind each other, as if one went over into the next.
Series joined(const std::vector<Window>& windows) {
  Series all{1, 0, windows[0].series->width, {}};
  for (const Window& w : windows) {
    const float* first = w.series->row(w.first * w.series->steps);
    all.steps += w.count * w.series->steps;
    all.values.insert(all.values.end(), first, first + w.count * w.series->steps * all.width);
  }
  return all;
}

// Steps [first, first + count) of a joined series.
Series steps_of(const Series& all, std::int64_t first, std::int64_t count) {
  return {1, count, all.width, {all.row(first), all.row(first + count)}};
}

}  // namespace

double distance_to_identity(const math::DenseD& a) {
  double trace = 0, square = 0;
  for (int i = 0; i < a.rows; ++i) trace += a(i, i);
  for (const double x : a.values) square += x * x;
  return std::acos(std::clamp(trace / std::sqrt(square * a.rows), -1.0, 1.0));
}

DsaSweep::DsaSweep(const DsaSettings& settings, const Reference& reference, std::uint64_t seed, int threads)
    : settings_(settings), reference_(reference), seed_(seed), threads_(threads) {
  const Series& val = reference.val_latents;
  for (std::int64_t i = 0; i < steps(); ++i) {
    DsaSettings s = setting(i);
    const std::int64_t trials = trials_of(s, reference.train_latents, val);
    const auto what = s.sweep_joined ? obstacle({.n_delays = s.n_delays,
                                                 .delay_interval = s.delay_interval,
                                                 .rank = s.rank,
                                                 .percent_data = 1},
                                                1, kept() * val.steps / 2, val.width)
                                     : obstacle(s, trials, val.steps, val.width, 2);
    if (what)
      throw ConfigError("dsa.sweep_ranks, sweep_delays: rank " + std::to_string(s.rank) + ", " +
                        std::to_string(s.n_delays) + " delays: " + *what);
  }
}

std::int64_t DsaSweep::steps() const {
  return static_cast<std::int64_t>(settings_.sweep_ranks.size() * settings_.sweep_delays.size());
}

std::int64_t DsaSweep::kept() const {
  return std::int64_t(settings_.percent_data *
                      double(trials_of(settings_, reference_.train_latents, reference_.val_latents)));
}

DsaSettings DsaSweep::setting(std::int64_t i) const {
  DsaSettings s = settings_;
  const auto k = static_cast<std::size_t>(i), ranks = settings_.sweep_ranks.size();
  s.n_delays = settings_.sweep_delays[k / ranks], s.rank = settings_.sweep_ranks[k % ranks];
  s.rank_explained_variance.reset();
  return s;
}

// The better of both optimisations over O(n), best of the restarts.
double DsaSweep::between(const Operator& a, const Operator& b, const std::string& stream) const {
  const math::DenseD A = unit_norm(a.matrix), B = unit_norm(b.matrix), mirrored = swapped(B);
  std::vector<BasisSearch> searches;
  for (int k = 0; k < settings_.restarts; ++k)
    for (const bool swaps : {false, true})
      searches.emplace_back(A, swaps ? mirrored : B, DsaGroup::O, kLearningRate, seed_,
                            stream + std::to_string(k) + (swaps ? "/swapped" : ""));
  parallel_for(searches.size(), threads_, [&](std::size_t k) {
    math::use_threads(1);
    searches[k].advance(kUpdates);
  });
  math::use_threads(threads_);
  const auto best = std::ranges::min_element(searches, {}, &BasisSearch::loss) - searches.begin();
  return angular_distance(A, best % 2 == 1 ? mirrored : B, searches[static_cast<std::size_t>(best)].basis(),
                          DsaGroup::O);
}

void DsaSweep::step(std::int64_t i) {
  const DsaSettings s = setting(i);
  const auto all = windows(s, reference_.train_latents, reference_.val_latents);
  std::vector<Operator> operators;
  if (s.sweep_joined) {
    const Series one = joined(all);
    const std::int64_t half = one.steps / 2;
    const Series first = steps_of(one, 0, half), second = steps_of(one, half, one.steps - half);
    for (const Series* part : {&one, &first, &second}) operators.push_back(fit_operator(s, {{part, 0, 1}}));
  } else {
    const auto [first, second] = halves(all);
    for (const auto& part : {all, first, second}) operators.push_back(fit_operator(s, part));
  }
  SweepRow row{s.rank, s.n_delays, distance_to_identity(operators[0].matrix), 0,
               operators[0].cumulative_variance[static_cast<std::size_t>(operators[0].matrix.rows - 1)]};
  row.between_halves =
      between(operators[1], operators[2],
              "dsa/sweep/" + std::to_string(s.rank) + "/" + std::to_string(s.n_delays) + "/");
  rows_.push_back(row);
}

std::size_t DsaSweep::suggested() const {
  const auto part = [](const SweepRow& r) {
    return r.to_identity > 0 ? r.between_halves / r.to_identity : std::numeric_limits<double>::infinity();
  };
  return static_cast<std::size_t>(std::ranges::min_element(rows_, {}, part) - rows_.begin());
}

Arrays DsaSweep::state() const { return {make_array("dsa/sweep", train::numbers(kSweepRows, rows_))}; }

void DsaSweep::restore(const Arrays& state, std::int64_t done) {
  const auto all = find(state, "dsa/sweep").as<double>();
  rows_ = train::records(kSweepRows, all.first(static_cast<std::size_t>(done) * train::width(kSweepRows)));
}

}  // namespace tsd::compare
