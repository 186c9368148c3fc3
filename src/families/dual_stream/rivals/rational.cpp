// The rational model (Anderson 1991): clusters in a Dirichlet process, each item in the likeliest (local MAP).
//   prior of cluster k of n_k items: c n_k / ((1 - c) + c n), of a new one (1 - c) / ((1 - c) + c n)
//   p(feature i has value v | k) = (count + beta) / (n_k + m_i beta), m_i values;  labels with a beta of their own
//   p(label) = sum_k p(k | features) p(label | k);  then x goes to the cluster likeliest by features and label
#include <algorithm>
#include <cmath>

#include "families/dual_stream/rivals/rival.hpp"

namespace tsd::dual_stream {

namespace {

enum { kCoupling, kBeta, kLabel, kPhi };

class Rational final : public Rival {
 public:
  Rational(const Lesson& lesson, std::span<const double> parameters)
      : D_(static_cast<std::size_t>(lesson.D)),
        K_(static_cast<std::size_t>(lesson.K)),
        parameter_(parameters.begin(), parameters.end()),
        values_(D_) {
    for (std::size_t i = 0; i < lesson.x.size(); ++i) {
      auto& known = values_[i % D_];
      if (std::ranges::find(known, lesson.x[i]) == known.end()) known.push_back(lesson.x[i]);
    }
  }

  void answer(std::span<const double> x, std::span<double> p) override {
    std::ranges::fill(p, 0.0);
    double all = 0;
    for (std::size_t k = 0; k <= clusters_.size(); ++k) {
      const double posterior = joint(x, k);
      all += posterior;
      for (std::size_t label = 0; label < K_; ++label) p[label] += posterior * of_label(k, label);
    }
    double sum = 0;
    for (double& value : p) sum += value = std::pow(value / all, parameter_[kPhi]);
    for (double& value : p) value /= sum;
  }

  void learn(std::span<const double> x, int label) override {
    constexpr double kTie = 1e-12;  // relative; of equal clusters the first
    std::size_t best = 0;
    double largest = -1;
    for (std::size_t k = 0; k <= clusters_.size(); ++k) {
      const double posterior = joint(x, k) * of_label(k, static_cast<std::size_t>(label));
      if (posterior > largest * (1 + kTie)) {
        largest = posterior;
        best = k;
      }
    }
    if (best == clusters_.size()) {
      clusters_.push_back({0, {}, std::vector<double>(K_)});
      for (const auto& known : values_) clusters_.back().count.emplace_back(known.size());
    }
    Cluster& cluster = clusters_[best];
    cluster.items += 1;
    cluster.label[static_cast<std::size_t>(label)] += 1;
    for (std::size_t m = 0; m < D_; ++m)
      if (const std::size_t v = place(x, m); v < values_[m].size()) cluster.count[m][v] += 1;
    items_ += 1;
  }

 private:
  struct Cluster {
    double items;
    std::vector<std::vector<double>> count;  // [feature][value]
    std::vector<double> label;
  };

  std::size_t place(std::span<const double> x, std::size_t m) const {
    return static_cast<std::size_t>(std::ranges::find(values_[m], x[m]) - values_[m].begin());
  }

  // Prior times likelihood of the features; k after the last cluster: a new one.
  double joint(std::span<const double> x, std::size_t k) const {
    const double c = parameter_[kCoupling], beta = parameter_[kBeta], all = (1 - c) + c * items_;
    const bool fresh = k == clusters_.size();
    double p = fresh ? (1 - c) / all : c * clusters_[k].items / all;
    for (std::size_t m = 0; m < D_; ++m) {
      const auto of_feature = static_cast<double>(values_[m].size());
      const std::size_t v = place(x, m);
      const double seen = fresh || v == values_[m].size() ? 0 : clusters_[k].count[m][v];
      p *= (seen + beta) / ((fresh ? 0 : clusters_[k].items) + of_feature * beta);
    }
    return p;
  }

  double of_label(std::size_t k, std::size_t label) const {
    const double beta = parameter_[kLabel], classes = static_cast<double>(K_);
    if (k == clusters_.size()) return 1 / classes;
    return (clusters_[k].label[label] + beta) / (clusters_[k].items + classes * beta);
  }

  std::size_t D_, K_;
  std::vector<double> parameter_;
  std::vector<std::vector<double>> values_;  // [feature]: those that items have
  std::vector<Cluster> clusters_;
  double items_ = 0;
};

}  // namespace

RivalFacts rational() {
  return {"rational",
          "the rational model, a Bayesian one of clusters",
          {{"c", 0.318, 1e-6, 0.999999, "coupling: how likely two items are of one cluster"},
           {"beta", 0.488, 1e-6, 100, "prior count of each value of a feature"},
           {"label", 0.046, 1e-6, 100, "prior count of each class"},
           {"phi", 1, 0.01, 20, "how determined answers are"}},
          [](const Lesson& lesson, std::span<const double> parameters) {
            return std::make_unique<Rational>(lesson, parameters);
          }};
}

}  // namespace tsd::dual_stream
