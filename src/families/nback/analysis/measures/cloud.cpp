#include "families/nback/analysis/measures/cloud.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>

#include "families/nback/analysis/measures/geometry.hpp"

namespace tsd::nback {

using math::Form;

namespace {

std::vector<Dense> blocks_of_rows(const Dense& x, int height) {
  std::vector<Dense> blocks;
  for (int first = 0; first < x.rows; first += height) {
    blocks.emplace_back(std::min(height, x.rows - first), x.columns);
    std::copy_n(x.row(first), blocks.back().size(), blocks.back().data());
  }
  return blocks;
}

Dense squared_products(const Dense& x, int L) {
  const int N = x.rows / L, together = 64;
  Dense sums(N, N);
  const auto blocks = blocks_of_rows(x, together * L);
  Dense products;
  for (std::size_t a = 0; a < blocks.size(); ++a)
    for (std::size_t b = a; b < blocks.size(); ++b) {
      multiply(blocks[a], Form::plain, blocks[b], Form::transposed, products);
      const int row = static_cast<int>(a) * together, column = static_cast<int>(b) * together;
      for (int i = 0; i < products.rows; ++i)
        for (int j = 0; j < products.columns; ++j)
          sums(row + i / L, column + j / L) += products(i, j) * products(i, j);
    }
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < i / together * together; ++j) sums(i, j) = sums(j, i);
  return sums;
}

}  // namespace

Cloud::Cloud(Dense states, int L, std::span<const int> group)
    : x_(std::move(states)), L_(L), N_(x_.rows / L), H_(x_.columns), sums_(N_, H_) {
  std::map<int, std::vector<int>> members;
  for (int r = 0; r < x_.rows; ++r) {
    members[group[r]].push_back(r);
    norms_.push_back(std::sqrt(dot(x_.span(r), x_.span(r))));
    for (int k = 0; k < H_; ++k) sums_(r / L_, k) += x_(r, k);
  }
  for (auto& [value, rows] : members) groups_.push_back(std::move(rows));
  quadratic_ = squared_products(x_, L_);
}

std::vector<double> Cloud::norm_over_time() const {
  std::vector<double> mean(L_);
  for (int r = 0; r < x_.rows; ++r) mean[r % L_] += norms_[r] / N_;
  return mean;
}

std::vector<Measures> Cloud::measure(const Dense& counts, int ddof) const {
  const double rows = x_.rows;
  Dense mean = product(counts, Form::plain, sums_, Form::plain);
  for (double& value : mean.values) value /= rows;
  const Dense paired = product(counts, Form::plain, quadratic_, Form::plain);
  const Dense along = product(mean, Form::plain, x_, Form::transposed);
  const std::vector<double> sparse = sparse_entries(counts);
  std::vector<Measures> all(counts.rows);
  for (int i = 0; i < counts.rows; ++i) {
    double magnitude = 0, trace = 0, mixed = 0;
    for (int r = 0; r < x_.rows; ++r) {
      const double count = counts(i, r / L_);
      magnitude += count * norms_[r];
      trace += count * norms_[r] * norms_[r];
      mixed += count * along(i, r) * along(i, r);
    }
    const double squared_mean = dot(mean.span(i), mean.span(i));
    const double total = trace / rows - squared_mean;
    const double norm =
        dot(counts.span(i), paired.span(i)) / (rows * rows) - 2 * mixed / rows + squared_mean * squared_mean;
    all[i][kMagnitude] = magnitude / rows;
    all[i][kParticipationRatio] = total * total / norm;
    all[i][kSparsity] = sparse[i] / (rows * H_);
  }
  add_variability(counts, ddof, all);
  return all;
}

// How many entries are below 5 % of the largest of their unit. Most resamples share the sequence with the
// largest, and with it the entries below.
std::vector<double> Cloud::sparse_entries(const Dense& counts) const {
  using Small = std::vector<std::int16_t>;
  std::vector<Small> times;
  for (int i = 0; i < counts.rows; ++i) times.emplace_back(counts.span(i).begin(), counts.span(i).end());
  std::vector<double> entries(counts.rows), largest(N_);
  std::vector<int> order(N_);
  for (int k = 0; k < H_; ++k) {
    for (int s = 0; s < N_; ++s) {
      largest[s] = 0;
      for (int t = 0; t < L_; ++t) largest[s] = std::max(largest[s], std::abs(x_(s * L_ + t, k)));
    }
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return largest[a] > largest[b]; });
    std::map<int, Small> below;  // by the place of the sequence with the largest; of each sequence
    for (int i = 0; i < counts.rows; ++i) {
      int place = 0;
      while (times[i][order[place]] == 0) ++place;
      Small& own = below[place];
      if (own.empty()) {
        const double top = largest[order[place]], bound = 0.05 * (top > 0 ? top : 1);
        own.resize(N_);
        for (int r = 0; r < x_.rows; ++r)
          own[r / L_] = static_cast<std::int16_t>(own[r / L_] + (std::abs(x_(r, k)) < bound));
      }
      int sum = 0;
      for (int s = 0; s < N_; ++s) sum += times[i][s] * own[s];
      entries[i] += sum;
    }
  }
  return entries;
}

void Cloud::add_variability(const Dense& counts, int ddof, std::vector<Measures>& all) const {
  std::vector<double> fano(counts.rows), cv2(counts.rows), terms(counts.rows);
  for (const auto& rows : groups_) {
    const int n = static_cast<int>(rows.size());
    Dense own(counts.rows, n), size(n, H_), square(n, H_);
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < counts.rows; ++i) own(i, j) = counts(i, rows[j] / L_);
      for (int k = 0; k < H_; ++k) {
        size(j, k) = std::abs(x_(rows[j], k));
        square(j, k) = size(j, k) * size(j, k);
      }
    }
    const Dense sums = product(own, Form::plain, size, Form::plain),
                squares = product(own, Form::plain, square, Form::plain);
    for (int i = 0; i < counts.rows; ++i) {
      const double members = std::accumulate(own.span(i).begin(), own.span(i).end(), 0.0);
      if (members < 3) continue;
      for (int k = 0; k < H_; ++k) {
        const double mean = sums(i, k) / members;
        if (mean <= 1e-6) continue;
        const double variance = std::max(0.0, squares(i, k) - members * mean * mean) / (members - ddof);
        fano[i] += variance / mean;
        cv2[i] += variance / (mean * mean);
        ++terms[i];
      }
    }
  }
  for (int i = 0; i < counts.rows; ++i) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    all[i][kFano] = terms[i] > 0 ? fano[i] / terms[i] : none;
    all[i][kCv2] = terms[i] > 0 ? cv2[i] / terms[i] : none;
  }
}

}  // namespace tsd::nback
