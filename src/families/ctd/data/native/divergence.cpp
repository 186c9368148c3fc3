#include "families/ctd/data/native/divergence.hpp"

#include <cmath>

namespace tsd::ctd_data {

using math::Matrix;

namespace {

void add(float& to, double x) { to += static_cast<float>(x); }

// One dimension of one trial: code and numbers at steps t R + row.
struct Course {
  Matrix code, numbers, d;
  int R, row, dim;

  int steps() const { return code.rows / R; }
  const float* at(int t) const { return code.row(t * R + row); }
  double log_variance(int t) const { return at(t)[code.columns / 2 + dim]; }
  double std(int t) const { return std::exp(0.5 * log_variance(t)); }
  double number(int t) const { return numbers.row(t * R + row)[dim]; }
  double sample(int t) const { return at(t)[dim] + std(t) * number(t); }
  // From the gradient of the sample, and the log variance's own.
  void back(int t, double d_sample, double d_log_variance) const {
    float* to = d.row(t * R + row);
    add(to[dim], d_sample);
    add(to[code.columns / 2 + dim], d_log_variance + 0.5 * d_sample * std(t) * number(t));
  }
};

// p: s_0 ~ N(0, stationary variance), s_t ~ N(alpha s_{t-1}, noise variance)
double autoregressive(const Priors& priors, const Course& c, double weight) {
  const double log_tau = priors.co_first.value.data[c.dim], log_noise = priors.co_second.value.data[c.dim];
  const double rate = std::exp(-log_tau), alpha = std::exp(-rate), beyond = 1 - alpha * alpha;
  const double noise = std::exp(-log_noise), stationary = noise * beyond;  // inverse variances
  double sum = 0, d_alpha = 0, d_log_noise = 0, before = 0, carried = 0;
  for (int t = c.steps() - 1; t >= 0; --t) {
    const double s = c.sample(t), e = t > 0 ? s - alpha * (before = c.sample(t - 1)) : s;
    const double precision = t > 0 ? noise : stationary;
    sum += 0.5 * (e * e * precision - std::log(precision)) -
           0.5 * (c.number(t) * c.number(t) + c.log_variance(t));
    d_log_noise += 0.5 * (1 - e * e * precision);
    d_alpha += t > 0 ? -e * before * noise : (1 - e * e * precision) * alpha / beyond;
    if (c.d.data) c.back(t, weight * (e * precision + carried), -0.5 * weight);
    carried = -alpha * e * precision;
  }
  if (!c.d.data) return sum;
  add(priors.co_first.gradient.data[c.dim], weight * d_alpha * alpha * rate);
  add(priors.co_second.gradient.data[c.dim], weight * d_log_noise);
  return sum;
}

double student_t(const LfadsSpec& spec, const Priors& priors, const Course& c, double weight) {
  const double loc = priors.co_first.value.data[c.dim], log_scale = priors.co_second.value.data[c.dim];
  const double df = spec.co_prior_df, scale = std::exp(log_scale);
  double sum = 0, d_loc = 0, d_log_scale = 0;
  for (int t = 0; t < c.steps(); ++t) {
    const double x = c.number(t), u = (c.sample(t) - loc) / scale;
    sum += log_scale - 0.5 * c.log_variance(t) +
           0.5 * (df + 1) * (std::log1p(u * u / df) - std::log1p(x * x / df));
    const double slope = (df + 1) * u / (df + u * u);
    d_loc -= slope / scale, d_log_scale += 1 - slope * u;
    if (c.d.data) c.back(t, weight * slope / scale, -0.5 * weight);
  }
  if (!c.d.data) return sum;
  add(priors.co_first.gradient.data[c.dim], weight * d_loc);
  add(priors.co_second.gradient.data[c.dim], weight * d_log_scale);
  return sum;
}

}  // namespace

double ic_divergence(const Priors& priors, double floor, Matrix code, double weight, Matrix d) {
  const int K = code.columns / 2;
  double sum = 0;
  for (int i = 0; i < code.rows; ++i)
    for (int k = 0; k < K; ++k) {
      const double of_code = std::exp(double{code.row(i)[K + k]}), variance = of_code + floor;
      const double prior = std::exp(double{priors.ic_log_variance.value.data[k]});
      const double distance = double{code.row(i)[k]} - priors.ic_mean.value.data[k];
      sum += 0.5 * (std::log(prior / variance) + (variance + distance * distance) / prior - 1);
      if (!d.data) continue;
      add(d.row(i)[k], weight * distance / prior);
      add(priors.ic_mean.gradient.data[k], -weight * distance / prior);
      add(d.row(i)[K + k], 0.5 * weight * (1 / prior - 1 / variance) * of_code);
    }
  return sum;
}

double co_divergence(const LfadsSpec& spec, const Priors& priors, int R, Matrix code, Matrix numbers,
                     double weight, Matrix d) {
  const bool student = spec.co_prior == CoPrior::student_t;
  const int steps = code.rows / R;
  double sum = 0;
  for (int i = 0; i < R; ++i)
    for (int k = 0; k < spec.co_dim; ++k) {
      const Course course{code, numbers, d, R, i, k};
      sum += student ? student_t(spec, priors, course, weight / steps) / steps
                     : autoregressive(priors, course, weight);
    }
  return sum;
}

}  // namespace tsd::ctd_data
