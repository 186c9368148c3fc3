#include "tsd/math/gpfa.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tsd/math/factor_analysis.hpp"

namespace tsd::math {

namespace {

constexpr double kOwn = 1e-3;  // share of a factor's variance that no other step shares

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

DenseD kernel(double gamma, int steps) {
  DenseD k(steps, steps);
  for (int s = 0; s < steps; ++s)
    for (int t = 0; t < steps; ++t) {
      const double d = s - t;
      k(s, t) = (1 - kOwn) * std::exp(-gamma / 2 * d * d) + (s == t ? kOwn : 0);
    }
  return k;
}

double log_determinant(const DenseD& a) {
  double sum = 0;
  for (const double value : symmetric_eigen(a).values) sum += std::log(value);
  return sum;
}

// The posterior of all factors at all steps, factors of a step side by side.
class Posterior {
 public:
  Posterior(const Gpfa& model, int steps, bool with_likelihood)
      : model_(model), steps_(steps), q_(model.loadings.rows), weighted_(model.loadings) {
    for (int f = 0; f < q_; ++f)
      for (int n = 0; n < weighted_.columns; ++n) weighted_(f, n) /= model.noise[index(n)];
    const DenseD information = product(weighted_, Form::plain, model.loadings, Form::transposed);
    DenseD precision(q_ * steps, q_ * steps);
    for (int f = 0; f < q_; ++f) {
      const DenseD prior = kernel(model.gamma[index(f)], steps), inverted = inverse(prior);
      if (with_likelihood) log_determinant_ += log_determinant(prior);
      for (int s = 0; s < steps; ++s)
        for (int t = 0; t < steps; ++t) precision(s * q_ + f, t * q_ + f) = inverted(s, t);
    }
    for (int t = 0; t < steps; ++t)
      for (int f = 0; f < q_; ++f)
        for (int g = 0; g < q_; ++g) precision(t * q_ + f, t * q_ + g) += information(f, g);
    if (with_likelihood) log_determinant_ += log_determinant(precision);
    covariance_ = inverse(precision);
  }

  double covariance(int s, int f, int t, int g) const { return covariance_(s * q_ + f, t * q_ + g); }

  // [sequence, step x factor]
  DenseD means(const Sequences& data) {
    const int n = static_cast<int>(data.count());
    DenseD evidence(n, steps_ * q_);
    squares_ = 0;
    for (int i = 0; i < n; ++i)
      for (int t = 0; t < steps_; ++t) {
        const float* y = data.values.data() + (std::int64_t{i} * steps_ + t) * data.columns;
        for (int j = 0; j < data.columns; ++j) {
          const double d = y[j] - model_.offset[index(j)];
          squares_ += d * d / model_.noise[index(j)];
          for (int f = 0; f < q_; ++f) evidence(i, t * q_ + f) += weighted_(f, j) * d;
        }
      }
    DenseD means = product(evidence, Form::plain, covariance_, Form::plain);
    for (std::size_t k = 0; k < means.size(); ++k) squares_ -= evidence.values[k] * means.values[k];
    return means;
  }

  // Of the sequences whose means were asked for last.
  double log_likelihood(std::int64_t sequences) const {
    double of_step = static_cast<double>(model_.noise.size()) * std::log(2 * std::numbers::pi);
    for (const double variance : model_.noise) of_step += std::log(variance);
    return -0.5 * (static_cast<double>(sequences) * (steps_ * of_step + log_determinant_) + squares_);
  }

 private:
  const Gpfa& model_;
  int steps_, q_;
  DenseD weighted_, covariance_;
  double log_determinant_ = 0, squares_ = 0;
};

// Loadings and offset by least squares, noise by what they leave.
void update_observation(const Sequences& data, const Posterior& posterior, const DenseD& means,
                        const std::vector<double>& least_noise, Gpfa& model) {
  const int q = model.loadings.rows, N = data.columns, n = means.rows, T = data.steps;
  DenseD moments(q + 1, q + 1), products(q + 1, N);  // the last row: of ones
  std::vector<double> squares(index(N));
  for (int i = 0; i < n; ++i)
    for (int t = 0; t < T; ++t) {
      const double* z = means.row(i) + std::ptrdiff_t{t} * q;
      const float* y = data.values.data() + (std::int64_t{i} * T + t) * N;
      for (int f = 0; f <= q; ++f) {
        const double one = f < q ? z[f] : 1;
        for (int g = 0; g <= q; ++g)
          moments(f, g) += one * (g < q ? z[g] : 1) + (f < q && g < q ? posterior.covariance(t, f, t, g) : 0);
        for (int j = 0; j < N; ++j) products(f, j) += one * y[j];
      }
      for (int j = 0; j < N; ++j) squares[index(j)] += double{y[j]} * y[j];
    }
  const DenseD solved = product(inverse(moments), Form::plain, products, Form::plain);
  for (int j = 0; j < N; ++j) {
    double left = squares[index(j)];
    for (int f = 0; f <= q; ++f) left -= solved(f, j) * products(f, j);
    for (int f = 0; f < q; ++f) model.loadings(f, j) = solved(f, j);
    model.offset[index(j)] = solved(q, j);
    model.noise[index(j)] = std::max(least_noise[index(j)], left / (double{1} * n * T));
  }
}

// Expected products of a factor's steps, summed over sequences.
DenseD second_moments(const Posterior& posterior, const DenseD& means, int f, int q, int T) {
  DenseD sum(T, T);
  for (int s = 0; s < T; ++s)
    for (int t = 0; t < T; ++t) {
      sum(s, t) = means.rows * posterior.covariance(s, f, t, f);
      for (int i = 0; i < means.rows; ++i) sum(s, t) += means(i, s * q + f) * means(i, t * q + f);
    }
  return sum;
}

// The slope by log gamma of minus twice the expected log density of a factor.
double slope(const DenseD& moments, double sequences, double log_gamma) {
  const int T = moments.rows;
  const double gamma = std::exp(log_gamma);
  const DenseD k = kernel(gamma, T), inverted = inverse(k),
               both = product(product(inverted, Form::plain, moments, Form::plain), Form::plain, inverted,
                              Form::plain);
  double sum = 0;
  for (int s = 0; s < T; ++s)
    for (int t = 0; t < T; ++t) {
      const double d = s - t, change = -0.5 * gamma * d * d * (s == t ? 0 : k(s, t));
      sum += (sequences * inverted(s, t) - both(s, t)) * change;
    }
  return sum;
}

// The minimum next to where it begins: steps down the slope until it turns, then halving between.
double best_log_gamma(const DenseD& moments, double sequences, double start) {
  constexpr double kFarthest = 12, kClose = 1e-9;
  const double down = slope(moments, sequences, start) > 0 ? -1 : 1;
  double near = start, far = start;
  for (double step = 0.25; std::abs(far - start) < kFarthest; step *= 2) {
    far = near + down * step;
    if (slope(moments, sequences, far) * down > 0) break;
    near = far;
  }
  while (std::abs(far - near) > kClose) {
    const double middle = (near + far) / 2;
    (slope(moments, sequences, middle) * down > 0 ? far : near) = middle;
  }
  return (near + far) / 2;
}

Gpfa initial(const Sequences& data, const GpfaSettings& settings, std::vector<double>& variances) {
  const Columns columns(data.values, data.columns);
  const auto rows = static_cast<double>(columns.rows());
  for (int j = 0; j < data.columns; ++j) variances.push_back(columns.scatter()(j, j) / rows);
  FactorAnalysis fa = factor_analysis(columns, settings.factors, 1e-2, 1000, variances);
  for (double& variance : variances) variance *= rows / (rows - 1);
  return {std::move(fa.loadings), std::move(fa.mean), std::move(fa.noise),
          std::vector<double>(index(settings.factors), std::pow(settings.time_constant, -2))};
}

}  // namespace

GpfaFit fit_gpfa(const Sequences& data, const GpfaSettings& settings) {
  std::vector<double> least;
  GpfaFit fit{initial(data, settings, least), {}};
  for (double& variance : least) variance *= settings.least_noise;
  const int q = settings.factors, T = data.steps;
  const auto n = static_cast<double>(data.count());
  for (int iteration = 0; iteration < settings.iterations; ++iteration) {
    Posterior posterior(fit.model, T, true);
    const DenseD means = posterior.means(data);
    fit.log_likelihood.push_back(posterior.log_likelihood(data.count()));
    Gpfa next = fit.model;
    update_observation(data, posterior, means, least, next);
    for (int f = 0; f < q; ++f) {
      double& gamma = next.gamma[index(f)];
      gamma = std::exp(best_log_gamma(second_moments(posterior, means, f, q, T), n, std::log(gamma)));
    }
    fit.model = std::move(next);
    const auto& all = fit.log_likelihood;
    if (all.size() > 2 && all.back() - all[1] < (1 + settings.tolerance) * (all[all.size() - 2] - all[1]))
      break;
  }
  return fit;
}

std::vector<float> factors_of(const Gpfa& model, const Sequences& data, int later) {
  const int q = model.loadings.rows, T = data.steps, n = static_cast<int>(data.count());
  Posterior posterior(model, T, false);
  const DenseD means = posterior.means(data);
  std::vector<float> z(index(std::int64_t{n} * (T + later) * q));
  for (int f = 0; f < q; ++f) {
    const DenseD all = kernel(model.gamma[index(f)], T + later);
    DenseD seen(T, T), across(T, later), course(n, T);
    for (int s = 0; s < T; ++s) {
      for (int t = 0; t < T; ++t) seen(s, t) = all(s, t);
      for (int t = 0; t < later; ++t) across(s, t) = all(s, T + t);
      for (int i = 0; i < n; ++i) course(i, s) = means(i, s * q + f);
    }
    // E[z later | data] = E[z seen | data] K(seen, seen)^-1 K(seen, later)
    const DenseD on = later > 0
                          ? product(course, Form::plain,
                                    product(inverse(seen), Form::plain, across, Form::plain), Form::plain)
                          : DenseD();
    for (int i = 0; i < n; ++i)
      for (int t = 0; t < T + later; ++t)
        z[index((std::int64_t{i} * (T + later) + t) * q + f)] =
            static_cast<float>(t < T ? course(i, t) : on(i, t - T));
  }
  return z;
}

}  // namespace tsd::math
