#include "families/ctd/compare/similarity/delays.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tsd::compare {

using math::DenseD, math::Form;

namespace {

constexpr std::int64_t kRowsAtOnce = 4096;

// Sums of products of embedded rows: of all, of rows with a successor with themselves, and with these.
struct Moments {
  DenseD all, first, next;
};

// Row t of a trial: x_{t + (d-1) tau}, ..., x_{t + tau}, x_t side by side, newest first.
void embed(const DsaSettings& s, const Series& series, std::int64_t trial, std::int64_t t, double* out) {
  for (int j = 0; j < s.n_delays; ++j) {
    const float* x =
        series.row(trial * series.steps + t + std::int64_t{s.n_delays - 1 - j} * s.delay_interval);
    out = std::copy_n(x, series.width, out);
  }
}

std::int64_t embedded_steps(const DsaSettings& s, std::int64_t steps) {
  return steps - std::int64_t{s.n_delays - 1} * s.delay_interval;
}

Moments moments(const DsaSettings& s, const std::vector<Window>& windows) {
  const int width = windows[0].series->width * s.n_delays;
  Moments m{DenseD(width, width), DenseD(width, width), DenseD(width, width)};
  DenseD rows, earlier, later;
  for (const Window& w : windows)
    for (std::int64_t trial = w.first; trial < w.first + w.count; ++trial) {
      const std::int64_t steps = embedded_steps(s, w.series->steps);
      // Blocks share a row, so that each row but the trial's last is followed by its successor.
      for (std::int64_t begin = 0; begin + 1 < steps; begin += kRowsAtOnce) {
        const auto pairs = static_cast<int>(std::min(kRowsAtOnce, steps - 1 - begin));
        earlier.resize(pairs, width), later.resize(pairs, width);
        for (int i = 0; i < pairs; ++i) {
          embed(s, *w.series, trial, begin + i, earlier.row(i));
          embed(s, *w.series, trial, begin + i + 1, later.row(i));
        }
        multiply_add(earlier, Form::transposed, earlier, Form::plain, m.first);
        multiply_add(earlier, Form::transposed, later, Form::plain, m.next);
      }
      rows.resize(1, width);
      embed(s, *w.series, trial, steps - 1, rows.row(0));
      multiply_add(rows, Form::transposed, rows, Form::plain, m.all);  // what `first` has not
    }
  for (std::size_t k = 0; k < m.all.size(); ++k) m.all.values[k] += m.first.values[k];
  return m;
}

DenseD leading_columns(const DenseD& a, int count) {
  DenseD some(a.rows, count);
  for (int i = 0; i < a.rows; ++i) std::copy_n(a.row(i), count, some.row(i));
  return some;
}

// S^-1 U^T M U S^-1
DenseD in_coordinates(const DenseD& m, const DenseD& directions, const std::vector<double>& s) {
  DenseD inner =
      product(product(directions, Form::transposed, m, Form::plain), Form::plain, directions, Form::plain);
  for (int i = 0; i < inner.rows; ++i)
    for (int j = 0; j < inner.columns; ++j)
      inner(i, j) /= s[static_cast<std::size_t>(i)] * s[static_cast<std::size_t>(j)];
  return inner;
}

int rank_of(const DsaSettings& s, const std::vector<double>& cumulative) {
  if (!s.rank_explained_variance) return std::min<int>(s.rank, static_cast<int>(cumulative.size()));
  const double wanted = *s.rank_explained_variance;
  const auto enough =
      static_cast<int>(std::ranges::count_if(cumulative, [&](double part) { return part < wanted; }));
  // v1: as many as stay within it; v2: as many as it takes.
  const int rank =
      s.version == DsaVersion::v1
          ? static_cast<int>(std::ranges::count_if(cumulative, [&](double part) { return part <= wanted; }))
          : enough + 1;
  return std::clamp<int>(rank, 1, static_cast<int>(cumulative.size()));
}

// B P_r, P_r on the leading r eigenvectors of V+^T V- B; rows are states.
DenseD reduced(const DenseD& regression, const DenseD& next, int rank) {
  const DenseD m = product(next, Form::transposed, regression, Form::plain);
  const DenseD leading = leading_columns(symmetric_eigen(m).vectors, rank);
  return product(product(regression, Form::plain, leading, Form::plain), Form::plain, leading,
                 Form::transposed);
}

}  // namespace

std::int64_t trials_of(const DsaSettings& s, const Series& train, const Series& val) {
  return (s.phase == Phase::val ? 0 : train.trials) + (s.phase == Phase::train ? 0 : val.trials);
}

std::vector<Window> windows(const DsaSettings& s, const Series& train, const Series& val) {
  std::int64_t left = std::int64_t(s.percent_data * double(trials_of(s, train, val)));
  std::vector<Window> some;
  for (const Series* one : {&train, &val}) {
    if (s.phase == (one == &train ? Phase::val : Phase::train)) continue;
    some.push_back({one, 0, std::min(left, one->trials)});
    left -= some.back().count;
  }
  return some;
}

std::pair<std::vector<Window>, std::vector<Window>> halves(const std::vector<Window>& all) {
  std::int64_t left = 0;
  for (const Window& w : all) left += w.count;
  left /= 2;
  std::pair<std::vector<Window>, std::vector<Window>> parts;
  for (const Window& w : all) {
    const std::int64_t here = std::min(left, w.count);
    parts.first.push_back({w.series, w.first, here});
    parts.second.push_back({w.series, w.first + here, w.count - here});
    left -= here;
  }
  return parts;
}

std::optional<std::string> obstacle(const DsaSettings& s, std::int64_t trials, std::int64_t steps, int units,
                                    int parts) {
  const std::int64_t kept = std::int64_t(s.percent_data * static_cast<double>(trials)) / parts,
                     rows = embedded_steps(s, steps), columns = std::int64_t{units} * s.n_delays;
  const std::string embedding =
      std::to_string(s.n_delays) + " delays of " + std::to_string(s.delay_interval) + " step(s)";
  if (rows < 2)
    return embedding + " need at least " + std::to_string(steps - rows + 2) + " steps, trials have " +
           std::to_string(steps) + "; lower dsa.n_delays or dsa.delay_interval";
  if (kept < 1)
    return "dsa.percent_data=" + number_text(s.percent_data) + " of " + std::to_string(trials) +
           " trials is " + (parts == 1 ? "none" : "less than " + std::to_string(parts)) +
           "; expected at least " + number_text(std::ceil(1e4 * parts / double(trials)) / 1e4);
  if (!s.rank_explained_variance && !s.reduced_rank && s.rank > std::min(columns, kept * rows))
    return "rank " + std::to_string(s.rank) + " of an embedding of " + std::to_string(kept * rows) +
           " rows and " + std::to_string(columns) + " columns; lower dsa.rank";
  if (kept > 1 && kept * rows < columns) {
    const auto trials_of_part = (columns + rows - 1) / rows;
    const double needed = double(parts * trials_of_part) / double(trials);
    const std::string few = embedding + " of " + std::to_string(units) + " units have " +
                            std::to_string(columns) + " columns, more than the " +
                            std::to_string(kept * rows) + " rows of " + std::to_string(kept) + " trials" +
                            (parts == 1 ? "; " : ", one of " + std::to_string(parts) + " parts; ");
    if (needed <= 1)
      return few + "raise dsa.percent_data to " + number_text(std::ceil(needed * 1e4) / 1e4) +
             " or lower dsa.n_delays";
    return few + "lower dsa.n_delays";
  }
  return std::nullopt;
}

Operator fit_operator(const DsaSettings& s, const std::vector<Window>& windows) {
  const Moments m = moments(s, windows);
  const math::Symmetric e = symmetric_eigen(m.all);
  Operator o;
  double total = 0, sum = 0;
  int positive = 0;  // beyond these, directions are rounding errors
  for (const double value : e.values) total += std::max(0.0, value);
  for (const double value : e.values) {
    sum += std::max(0.0, value);
    o.cumulative_variance.push_back(sum / total);
    positive += value > 1e-14 * e.values[0];
  }
  const int rank = std::min(rank_of(s, o.cumulative_variance), positive);
  const int used = s.reduced_rank ? positive : rank;
  o.directions = leading_columns(e.vectors, used);
  for (int k = 0; k < used; ++k)
    o.singular_values.push_back(std::sqrt(e.values[static_cast<std::size_t>(k)]));
  DenseD first = in_coordinates(m.first, o.directions, o.singular_values);
  const DenseD next = in_coordinates(m.next, o.directions, o.singular_values);
  for (int k = 0; k < used; ++k) first(k, k) += s.lambda;
  const DenseD regression = product(math::inverse(first), Form::plain, next, Form::plain);
  if (s.reduced_rank) {
    o.matrix = reduced(regression, next, rank);
  } else {
    o.matrix = DenseD(used, used);
    for (int i = 0; i < used; ++i)
      for (int j = 0; j < used; ++j) o.matrix(i, j) = regression(j, i);
  }
  return o;
}

DenseD Operator::in_delay_space() const {
  DenseD inner = matrix;
  for (int i = 0; i < inner.rows; ++i)
    for (int j = 0; j < inner.columns; ++j)
      inner(i, j) *=
          singular_values[static_cast<std::size_t>(i)] / singular_values[static_cast<std::size_t>(j)];
  return product(product(directions, Form::plain, inner, Form::plain), Form::plain, directions,
                 Form::transposed);
}

}  // namespace tsd::compare
