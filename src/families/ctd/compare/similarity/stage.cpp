#include "families/ctd/compare/similarity/stage.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "families/ctd/compare/scores.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/math/transport.hpp"

namespace tsd::compare {

using math::DenseD;

namespace {

constexpr std::int64_t kUpdatesAtOnce = 50;

// Steps in another order, the same in every trial.
Series shuffled(const Series& from, Philox& generator) {
  Series to = from;
  std::vector<std::int64_t> order(static_cast<std::size_t>(from.steps));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[generator.below(i + 1)]);
  for (std::int64_t row = 0; row < from.rows(); ++row)
    std::copy_n(from.row(row / from.steps * from.steps + order[static_cast<std::size_t>(row % from.steps)]),
                from.width, to.values.data() + row * from.width);
  return to;
}

std::vector<std::complex<double>> points_of(const DsaSettings& s, const DenseD& a) {
  if (s.wasserstein_compare == DsaPoints::eigenvalues) return math::eigen(a).values;
  const auto values = math::svd(a).s;
  return {values.begin(), values.end()};
}

}  // namespace

DsaStage::DsaStage(const DsaSettings& settings, const Reference& reference, const std::vector<Model>& models,
                   std::uint64_t seed, int threads)
    : settings_(settings),
      reference_(reference),
      models_(models),
      seed_(seed),
      threads_(threads),
      optimises_(settings.scored_by() != DsaScore::wasserstein) {
  const std::int64_t trials = trials_of(settings, reference.train_latents, reference.val_latents);
  const auto check = [&](const std::string& name, int units, int parts = 1) {
    if (const auto what = obstacle(settings, trials, reference.val_latents.steps, units, parts))
      throw ConfigError("dsa: " + name + ": " + *what);
  };
  check("reference", reference.val_latents.width, settings.split_half || settings.intervals ? 2 : 1);
  for (const Model& m : models) check(m.name, m.units, settings.intervals ? 2 : 1);
}

std::int64_t DsaStage::n_operators() const { return static_cast<std::int64_t>(models_.size()) + 1; }

std::int64_t DsaStage::chunks() const {
  return models_.empty() && !settings_.split_half ? 0
         : optimises_                             ? (settings_.iters + kUpdatesAtOnce - 1) / kUpdatesAtOnce
                                                  : 0;
}

std::int64_t DsaStage::steps() const { return n_operators() + chunks(); }

void DsaStage::fit(std::int64_t k) {
  ModelData data;
  const Series *train = &reference_.train_latents, *val = &reference_.val_latents;
  if (k > 0) {
    data = read_latents(models_[static_cast<std::size_t>(k - 1)], reference_);
    train = &data.train_latents, val = &data.val_latents;
    const std::string bad = not_finite(*train) + not_finite(*val);
    if (!bad.empty())
      throw DataError(models_[static_cast<std::size_t>(k - 1)].file + ": latents: " + bad +
                      ": expected a finite number; leave this model out, or dsa");
  }
  const auto all = windows(settings_, *train, *val);
  operators_.push_back(fit_operator(settings_, all));
  DsaSettings alike = settings_;  // parts and shuffles get the whole's rank
  if (alike.rank_explained_variance) {
    alike.rank = operators_.back().matrix.rows;
    alike.rank_explained_variance.reset();
  }
  if (settings_.intervals || (k == 0 && settings_.split_half)) {
    const auto [first, second] = halves(all);
    halves_.push_back(fit_operator(alike, first));
    halves_.push_back(fit_operator(alike, second));
  }
  for (int p = 0; k > 0 && p < settings_.permutations; ++p) {
    Philox generator(seed_, "dsa/shuffle/" + std::to_string(k) + "/" + std::to_string(p));
    const Series train_too = shuffled(*train, generator), val_too = shuffled(*val, generator);
    shuffled_.push_back(fit_operator(alike, windows(settings_, train_too, val_too)));
  }
  if (k + 1 == n_operators()) pair_up();
}

void DsaStage::pair_up() {
  const int n = static_cast<int>(n_operators());
  for (int a = 0; a < n; ++a)
    for (int b = a + 1; b < n; ++b)
      pairs_.push_back(
          {a, b, Pair::kNone, operators_[std::size_t(a)].matrix, operators_[std::size_t(b)].matrix, {}});
  for (int b = 1; b < n; ++b)
    for (int p = 0; p < settings_.permutations; ++p)
      pairs_.push_back(
          {0,
           b,
           p,
           operators_[0].matrix,
           shuffled_[std::size_t(b - 1) * std::size_t(settings_.permutations) + std::size_t(p)].matrix,
           {}});
  if (settings_.split_half) pairs_.push_back({0, 0, Pair::kHalves, halves_[0].matrix, halves_[1].matrix, {}});
  for (int b = 1; settings_.intervals && b < n; ++b)
    for (int k = 0; k < 4; ++k)
      pairs_.push_back({0,
                        b,
                        Pair::kAcross - k,
                        halves_[std::size_t(k / 2)].matrix,
                        halves_[std::size_t(b) * 2 + std::size_t(k % 2)].matrix,
                        {}});
  for (const Pair& pair : pairs_)
    if (optimises_ && pair.permutation == Pair::kNone && pair.A.rows != pair.B.rows) {
      if (settings_.version == DsaVersion::v1)
        throw DataError("dsa: operators of " + std::to_string(pair.A.rows) + " and " +
                        std::to_string(pair.B.rows) +
                        " dimensions; expected equal ones, a lower dsa.rank, or dsa.score=wasserstein");
      log_warning("dsa: operators of different dimensions are compared by dsa.score=wasserstein");
      optimises_ = false;
      return;
    }
  if (optimises_) begin_searches();
}

void DsaStage::begin_searches() {
  std::map<int, int> unequal;  // pairs of each model
  for (Pair& pair : pairs_) {
    if (pair.A.rows != pair.B.rows) {
      ++unequal[pair.b];
      continue;
    }
    const DenseD A = unit_norm(pair.A), B = unit_norm(pair.B);
    const std::string stream = "dsa/" + std::to_string(pair.a) + "/" + std::to_string(pair.b) + "/" +
                               std::to_string(pair.permutation) + "/";
    for (int k = 0; k < settings_.restarts; ++k) {
      const std::string start = stream + std::to_string(k);
      pair.searches.emplace_back(A, B, settings_.group, settings_.lr, seed_, start);
      if (settings_.group == DsaGroup::O)
        pair.searches.emplace_back(A, swapped(B), settings_.group, settings_.lr, seed_, start + "/swapped");
    }
  }
  for (const auto& [model, pairs] : unequal)
    log_warning("dsa: " + (model == 0 ? "reference" : models_[static_cast<std::size_t>(model - 1)].name) +
                ": " + std::to_string(pairs) +
                " of its distances of parts or shuffles are NaN: their operators have other dimensions than "
                "what they are compared with");
}

void DsaStage::advance() {
  if (!optimises_) return;
  const std::int64_t updates = std::min(kUpdatesAtOnce, settings_.iters - updates_);
  std::vector<BasisSearch*> all;
  for (Pair& pair : pairs_)
    for (BasisSearch& search : pair.searches) all.push_back(&search);
  parallel_for(all.size(), threads_, [&](std::size_t k) {
    math::use_threads(1);
    all[k]->advance(updates);
  });
  math::use_threads(threads_);
  updates_ += updates;
}

void DsaStage::step(std::int64_t i) { i < n_operators() ? fit(i) : advance(); }

std::size_t DsaStage::best(const Pair& pair) const {
  return static_cast<std::size_t>(std::ranges::min_element(pair.searches, {}, &BasisSearch::loss) -
                                  pair.searches.begin());
}

// Each restart has two searches over O(n).
std::size_t DsaStage::best(const Pair& pair, std::size_t restart) const {
  const std::size_t each = pair.searches.size() / static_cast<std::size_t>(settings_.restarts);
  const auto first = pair.searches.begin() + static_cast<std::ptrdiff_t>(restart * each);
  return static_cast<std::size_t>(
      std::ranges::min_element(first, first + static_cast<std::ptrdiff_t>(each), {}, &BasisSearch::loss) -
      pair.searches.begin());
}

// Swapping the coordinates of B belongs to C.
DenseD DsaStage::basis(const Pair& pair, std::size_t search) const {
  DenseD c = pair.searches[search].basis();
  if (settings_.group == DsaGroup::O && search % 2 == 1 && c.columns > 1)
    for (int i = 0; i < c.rows; ++i) std::swap(c(i, 0), c(i, 1));
  return c;
}

double DsaStage::distance(const Pair& pair) const {
  if (!optimises_) return math::transport_cost(points_of(settings_, pair.A), points_of(settings_, pair.B));
  return pair.searches.empty() ? kUndefined : distance(pair, best(pair));
}

double DsaStage::distance(const Pair& pair, std::size_t search) const {
  const DenseD A = unit_norm(pair.A), B = unit_norm(pair.B), C = basis(pair, search);
  return settings_.scored_by() == DsaScore::angular ? angular_distance(A, B, C, settings_.group)
                                                    : euclidean_distance(A, B, C, settings_.group);
}

double DsaStage::distance_to_reference(int model) const {
  for (const Pair& pair : pairs_)
    if (pair.a == 0 && pair.b == model && pair.permutation == Pair::kNone) return distance(pair);
  return 0;
}

DenseD DsaStage::distances() const {
  const int n = static_cast<int>(n_operators());
  DenseD all(n, n);
  for (const Pair& pair : pairs_)
    if (pair.permutation == Pair::kNone) all(pair.a, pair.b) = all(pair.b, pair.a) = distance(pair);
  return all;
}

DenseD DsaStage::losses() const {
  const int n = static_cast<int>(n_operators());
  DenseD all(n, n);
  for (const Pair& pair : pairs_)
    if (pair.permutation == Pair::kNone)
      all(pair.a, pair.b) = all(pair.b, pair.a) = optimises_ ? pair.searches[best(pair)].loss() : kUndefined;
  return all;
}

DenseD DsaStage::basis_to_reference(int model) const {
  for (const Pair& pair : pairs_)
    if (pair.a == 0 && pair.b == model && pair.permutation == Pair::kNone) return basis(pair, best(pair));
  const int n = operators_[0].matrix.rows;
  DenseD identity(n, n);
  for (int i = 0; i < n; ++i) identity(i, i) = 1;
  return identity;
}

DenseD DsaStage::permuted() const {
  DenseD all(static_cast<int>(n_operators()), settings_.permutations);
  for (double& value : all.values) value = kUndefined;  // the reference's row stays
  for (const Pair& pair : pairs_)
    if (pair.permutation >= 0) all(pair.b, pair.permutation) = distance(pair);
  return all;
}

DenseD DsaStage::across_halves() const {
  DenseD all(static_cast<int>(n_operators()), 4);
  for (double& value : all.values) value = kUndefined;
  for (const Pair& pair : pairs_)
    if (pair.permutation <= Pair::kAcross) all(pair.b, Pair::kAcross - pair.permutation) = distance(pair);
  return all;
}

DenseD DsaStage::of_restarts() const {
  DenseD all(static_cast<int>(n_operators()), settings_.restarts);
  for (const Pair& pair : pairs_)
    for (int k = 0; pair.a == 0 && pair.permutation == Pair::kNone && k < settings_.restarts; ++k)
      all(pair.b, k) = distance(pair, best(pair, static_cast<std::size_t>(k)));
  return all;
}

double DsaStage::split_half() const {
  const auto halves = std::ranges::find(pairs_, Pair::kHalves, &Pair::permutation);
  return halves == pairs_.end() ? kUndefined : distance(*halves);
}

Arrays DsaStage::state() const {
  Arrays all = {make_scalar("dsa/updates", updates_)};
  for (std::size_t p = 0; p < pairs_.size(); ++p)
    for (std::size_t k = 0; k < pairs_[p].searches.size(); ++k)
      for (Array& array :
           pairs_[p].searches[k].save("dsa/" + std::to_string(p) + "/" + std::to_string(k) + "/"))
        all.push_back(std::move(array));
  return all;
}

void DsaStage::restore(const Arrays& state, std::int64_t done) {
  for (std::int64_t i = 0; i < std::min(done, n_operators()); ++i) fit(i);
  for (std::size_t p = 0; p < pairs_.size(); ++p)
    for (std::size_t k = 0; k < pairs_[p].searches.size(); ++k)
      pairs_[p].searches[k].load(state, "dsa/" + std::to_string(p) + "/" + std::to_string(k) + "/");
  updates_ = scalar<std::int64_t>(state, "dsa/updates");
}

}  // namespace tsd::compare
