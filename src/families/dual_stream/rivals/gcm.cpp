// The generalised context model (Medin & Schaffer 1978; Nosofsky 1986): every trial leaves an exemplar.
//   d = (sum_m w_m |x_m - e_m|^r)^(1/r),  s = exp(-c d^p),  sum w = 1
//   p(k) ~ bias_k (noise + sum of s over the exemplars of class k)^gamma
#include <cmath>

#include "families/dual_stream/rivals/rival.hpp"
#include "tsd/error.hpp"

namespace tsd::dual_stream {

namespace {

enum { kC, kGamma, kR, kP, kNoise, kBias, kFirstWeight };
constexpr int kWeights = 5;

class Gcm final : public Rival {
 public:
  Gcm(const Lesson& lesson, std::span<const double> parameters)
      : D_(static_cast<std::size_t>(lesson.D)),
        K_(static_cast<std::size_t>(lesson.K)),
        x_(lesson.x),
        parameter_(parameters.begin(), parameters.end()),
        strength_(x_.size() / D_ * K_) {
    double sum = 0;
    for (std::size_t m = 0; m < D_; ++m)
      sum += weight_.emplace_back(m < kWeights ? parameter_[kFirstWeight + m] : 1);
    for (double& w : weight_) w /= sum;  // all 0: NaN, no answer
    for (std::size_t m = D_; m < kWeights; ++m)
      if (parameter_[kFirstWeight + m] != 1)
        throw ConfigError("gcm.w" + std::to_string(m + 1) +
                          ": is not read; expected no such key for items of " + std::to_string(D_) +
                          " features, got a value");
  }

  void answer(std::span<const double> x, std::span<double> p) override {
    std::vector<double> evidence(K_, parameter_[kNoise]);
    for (std::size_t item = 0; item * D_ < x_.size(); ++item) {
      const double s = similarity(x, item);
      for (std::size_t k = 0; k < K_; ++k) evidence[k] += strength_[item * K_ + k] * s;
    }
    double sum = 0;
    for (std::size_t k = 0; k < K_; ++k)
      sum += p[k] = (k == 0 ? parameter_[kBias] : 1) * std::pow(evidence[k], parameter_[kGamma]);
    for (std::size_t k = 0; k < K_; ++k) p[k] = sum == 0 ? 1.0 / static_cast<double>(K_) : p[k] / sum;
  }

  void learn(std::span<const double> x, int label) override {
    for (std::size_t item = 0; item * D_ < x_.size(); ++item)
      if (std::equal(x.begin(), x.end(), x_.begin() + static_cast<std::ptrdiff_t>(item * D_))) {
        strength_[item * K_ + static_cast<std::size_t>(label)] += 1;
        return;
      }
  }

 private:
  double similarity(std::span<const double> x, std::size_t item) const {
    double sum = 0;
    for (std::size_t m = 0; m < D_; ++m)
      sum += weight_[m] * std::pow(std::abs(x[m] - x_[item * D_ + m]), parameter_[kR]);
    return std::exp(-parameter_[kC] * std::pow(sum, parameter_[kP] / parameter_[kR]));
  }

  std::size_t D_, K_;
  std::vector<double> x_, parameter_, weight_;
  std::vector<double> strength_;  // [item, class]: how often it was shown as that
};

}  // namespace

RivalFacts gcm() {
  RivalFacts facts{"gcm",
                   "generalised context model",
                   {{"c", 7.34607421, 1e-4, 100, "how steeply similarity falls"},
                    {"gamma", 1, 0.01, 20, "how determined answers are"},
                    {"r", 1, 0.1, 10, "exponent of distances: 1 city-block, 2 Euclidean"},
                    {"p", 1, 0.1, 10, "exponent of similarity: 1 exponential, 2 Gaussian"},
                    {"noise", 0, 0, 100, "evidence for each class before the first trial"},
                    {"bias", 1, 1e-4, 1e4, "weight of class 0 over that of each other"}},
                   [](const Lesson& lesson, std::span<const double> parameters) {
                     return std::make_unique<Gcm>(lesson, parameters);
                   }};
  for (int m = 1; m <= kWeights; ++m)
    facts.parameters.push_back({"w" + std::to_string(m), 1, 0, 100,
                                "attention to feature " + std::to_string(m) + ", over the sum of all"});
  return facts;
}

}  // namespace tsd::dual_stream
