#include "families/nback/analysis/measures/stratified.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "families/nback/analysis/measures/linear.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

// scikit-learn's _approximate_mode: how many of each class a sample of `draws` holds, ties broken at random.
std::vector<std::int64_t> shares(const std::vector<std::int64_t>& counts, std::int64_t draws,
                                 NumpyLegacy& rng) {
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  std::vector<std::int64_t> share;
  std::vector<double> remainder;
  for (const auto count : counts) {
    const double exact = static_cast<double>(count) / static_cast<double>(total) * static_cast<double>(draws);
    share.push_back(static_cast<std::int64_t>(std::floor(exact)));
    remainder.push_back(exact - std::floor(exact));
  }
  auto missing = draws - std::accumulate(share.begin(), share.end(), std::int64_t{0});
  const std::set<double, std::greater<>> values(remainder.begin(), remainder.end());
  for (auto value = values.begin(); missing > 0 && value != values.end(); ++value) {
    std::vector<std::size_t> ties;
    for (std::size_t c = 0; c < remainder.size(); ++c)
      if (remainder[c] == *value) ties.push_back(c);
    const auto order = rng.permutation(static_cast<std::int64_t>(ties.size()));
    const auto now = std::min<std::int64_t>(missing, static_cast<std::int64_t>(ties.size()));
    for (std::int64_t i = 0; i < now; ++i) ++share[ties[order[i]]];
    missing -= now;
  }
  return share;
}

std::vector<int> permuted(const std::vector<int>& values, NumpyLegacy& rng) {
  std::vector<int> result;
  for (const auto i : rng.permutation(static_cast<std::int64_t>(values.size()))) result.push_back(values[i]);
  return result;
}

}  // namespace

Split stratified_split(std::span<const int> labels, double test_fraction, std::uint32_t seed) {
  const auto n = static_cast<std::int64_t>(labels.size());
  const auto n_test = static_cast<std::int64_t>(std::ceil(test_fraction * static_cast<double>(n)));
  std::vector<std::vector<int>> members;
  std::vector<std::int64_t> counts;
  for (const int label : classes_of(labels)) {
    members.emplace_back();
    for (std::int64_t i = 0; i < n; ++i)
      if (labels[i] == label) members.back().push_back(static_cast<int>(i));
    counts.push_back(static_cast<std::int64_t>(members.back().size()));
  }
  NumpyLegacy rng(seed);
  Split split;
  if (*std::min_element(counts.begin(), counts.end()) < 2) {
    const auto order = rng.permutation(n);
    split.test.assign(order.begin(), order.begin() + n_test);
    split.train.assign(order.begin() + n_test, order.end());
    return split;
  }
  const auto K = static_cast<std::int64_t>(counts.size());
  if (n_test < K || n - n_test < K)
    throw DataError("too few sequences for a stratified split: expected at least one of each of " +
                    std::to_string(K) + " classes on both sides, got " + std::to_string(n - n_test) +
                    " and " + std::to_string(n_test));
  const auto train = shares(counts, n - n_test, rng);
  std::vector<std::int64_t> rest;
  for (std::size_t c = 0; c < counts.size(); ++c) rest.push_back(counts[c] - train[c]);
  const auto test = shares(rest, n_test, rng);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const auto order = permuted(members[c], rng);
    split.train.insert(split.train.end(), order.begin(), order.begin() + train[c]);
    split.test.insert(split.test.end(), order.begin() + train[c], order.begin() + train[c] + test[c]);
  }
  split.train = permuted(split.train, rng);
  split.test = permuted(split.test, rng);
  return split;
}

}  // namespace tsd::nback
