// SUSTAIN (Love, Medin & Gureckis 2004), supervised; features from 0 to 1.
//   mu_jm = |x_m - H_jm|,  H_j = sum_m lambda_m^r exp(-lambda_m mu_jm) / sum_m lambda_m^r,  winner: largest H
//   out = H^beta / sum_j H_j^beta * H of the winner,  C_k = w_k out,  p(k) ~ exp(d C_k)
//   humble teacher: t_k = max(C_k, 1) of the right class, min(C_k, 0) of others
//   the winner: H += eta (x - H), w_k += eta (t_k - C_k) out;  lambda_m += eta exp(-lambda_m mu)(1 - lambda_m mu)
// Two public readings of when a cluster is recruited: where the winner's own class is not the item's, which
// then learns from C = 0 (Gureckis' program); or where the right output is not the largest one, where a
// cluster equal to the item is taken again and t and C stay those of the old winner (catlearn).
#include <algorithm>
#include <cmath>

#include "families/dual_stream/rivals/rival.hpp"

namespace tsd::dual_stream {

namespace {

enum { kR, kBeta, kD, kEta };

template <bool ByOutputs>
class Sustain final : public Rival {
 public:
  Sustain(const Lesson& lesson, std::span<const double> parameters)
      : D_(static_cast<std::size_t>(lesson.D)),
        K_(static_cast<std::size_t>(lesson.K)),
        parameter_(parameters.begin(), parameters.end()),
        lambda_(D_, 1.0),
        C_(K_) {}

  void answer(std::span<const double> x, std::span<double> p) override {
    std::ranges::fill(C_, 0.0);
    if (!clusters_.empty()) activate(x);
    for (std::size_t k = 0; k < K_ && !clusters_.empty(); ++k) C_[k] = clusters_[winner_].w[k] * out_;
    const double top = *std::ranges::max_element(C_);
    double sum = 0;
    for (std::size_t k = 0; k < K_; ++k) sum += p[k] = std::exp(parameter_[kD] * (C_[k] - top));
    for (std::size_t k = 0; k < K_; ++k) p[k] /= sum;
  }

  void learn(std::span<const double> x, int label) override {
    if (clusters_.empty() || surprised(label)) {
      recruit(x, label);
      if (!ByOutputs) std::ranges::fill(C_, 0.0);
    }
    const double eta = parameter_[kEta];
    Cluster& winner = clusters_[winner_];
    for (std::size_t m = 0; m < D_; ++m) {
      const double mu = std::abs(x[m] - winner.H[m]);
      winner.H[m] += eta * (x[m] - winner.H[m]);
      lambda_[m] += eta * std::exp(-lambda_[m] * mu) * (1 - lambda_[m] * mu);
    }
    for (std::size_t k = 0; k < K_; ++k) {
      const double t = static_cast<int>(k) == label ? std::max(C_[k], 1.0) : std::min(C_[k], 0.0);
      winner.w[k] += eta * (t - C_[k]) * out_;
    }
  }

 private:
  struct Cluster {
    std::vector<double> H, w;
    int label;
  };

  void activate(std::span<const double> x) {
    constexpr double kTie = 1e-12;  // of equal clusters the first wins
    const double largest = *std::ranges::max_element(lambda_);
    double best = -1, sum = 0;
    std::vector<double> raised(D_);  // lambda^r, over that of the largest
    double total = 0;
    for (std::size_t m = 0; m < D_; ++m) total += raised[m] = std::pow(lambda_[m] / largest, parameter_[kR]);
    for (std::size_t j = 0; j < clusters_.size(); ++j) {
      double h = 0;
      for (std::size_t m = 0; m < D_; ++m)
        h += raised[m] * std::exp(-lambda_[m] * std::abs(x[m] - clusters_[j].H[m]));
      h /= total;
      sum += std::pow(h, parameter_[kBeta]);
      if (h > best + kTie) {
        best = h;
        winner_ = j;
      }
    }
    out_ = std::pow(best, parameter_[kBeta]) / sum * best;
  }

  bool surprised(int label) const {
    if (!ByOutputs) return clusters_[winner_].label != label;
    for (std::size_t k = 0; k < K_; ++k)
      if (static_cast<int>(k) != label && C_[k] >= C_[static_cast<std::size_t>(label)]) return true;
    return false;
  }

  void recruit(std::span<const double> x, int label) {
    const auto same = std::ranges::find_if(
        clusters_, [&](const Cluster& c) { return c.label == label && std::ranges::equal(c.H, x); });
    const bool again = ByOutputs && same != clusters_.end();
    const auto place = again ? static_cast<std::size_t>(same - clusters_.begin()) : clusters_.size();
    if (!again) clusters_.push_back({{x.begin(), x.end()}, std::vector<double>(K_), label});
    activate(x);
    winner_ = place;
  }

  std::size_t D_, K_;
  std::vector<double> parameter_, lambda_, C_;
  std::vector<Cluster> clusters_;
  std::size_t winner_ = 0;
  double out_ = 0;
};

template <bool ByOutputs>
RivalFacts facts(std::string name, std::string meaning) {
  return {std::move(name),
          std::move(meaning),
          {{"r", 9.01245, 0, 40, "how much the most tuned feature counts over others"},
           {"beta", 1.252233, 0, 40, "competition of clusters"},
           {"d", 16.924073, 0, 100, "how determined answers are"},
           {"eta", 0.092327, 0, 1, "learning rate"}},
          [](const Lesson& lesson, std::span<const double> parameters) -> std::unique_ptr<Rival> {
            return std::make_unique<Sustain<ByOutputs>>(lesson, parameters);
          }};
}

}  // namespace

RivalFacts sustain() {
  return facts<false>("sustain", "SUSTAIN, which recruits where the winner's class is wrong");
}

RivalFacts sustain_catlearn() {
  return facts<true>(
      "sustain_catlearn",
      "SUSTAIN as read by the R package catlearn, which recruits where the largest output is wrong");
}

}  // namespace tsd::dual_stream
