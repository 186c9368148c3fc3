// ALCOVE (Kruschke 1992), one exemplar node per trained item; alpha = 1/D, w = 0 at first.
//   a_j = exp(-c sum_m alpha_m |h_jm - x_m|),  o_k = sum_j w_kj a_j
//   teacher: t_k = max(1, o_k) of the right class, min(v, o_k) of others;  e = t - o
//   dw_kj = lambda_w e_k a_j,  dalpha_m = -lambda_a sum_j (sum_k e_k w_kj) a_j c |h_jm - x_m|,  alpha >= 0
// Two ways to answer: by the exponential of phi o with v = -1 (1992), or by o above 0 plus background noise b,
// v = 0 and attention that sums to one (Nosofsky et al. 1994).
#include <algorithm>
#include <cmath>

#include "families/dual_stream/rivals/rival.hpp"

namespace tsd::dual_stream {

namespace {

enum class Answer { exponential, background_noise };
enum { kC, kAnswer, kLambdaA, kLambdaW };

template <Answer A>
class Alcove final : public Rival {
 public:
  Alcove(const Lesson& lesson, std::span<const double> parameters)
      : D_(static_cast<std::size_t>(lesson.D)),
        K_(static_cast<std::size_t>(lesson.K)),
        parameter_(parameters.begin(), parameters.end()),
        alpha_(D_, 1.0 / lesson.D),
        output_(K_) {
    for (const std::ptrdiff_t item : lesson.trained) {
      const auto x = lesson.x.begin() + item * lesson.D;
      h_.insert(h_.end(), x, x + lesson.D);
    }
    activation_.resize(lesson.trained.size());
    w_.resize(K_ * activation_.size());
  }

  void answer(std::span<const double> x, std::span<double> p) override {
    std::ranges::fill(output_, 0.0);
    for (std::size_t j = 0; j < activation_.size(); ++j) {
      double distance = 0;
      for (std::size_t m = 0; m < D_; ++m) distance += alpha_[m] * std::abs(h_[j * D_ + m] - x[m]);
      activation_[j] = std::exp(-parameter_[kC] * distance);
      for (std::size_t k = 0; k < K_; ++k) output_[k] += w_[j * K_ + k] * activation_[j];
    }
    const double top = *std::ranges::max_element(output_);
    double sum = 0;
    for (std::size_t k = 0; k < K_; ++k) {
      if constexpr (A == Answer::background_noise) output_[k] = std::max(output_[k], 0.0);
      sum += p[k] = A == Answer::exponential ? std::exp(parameter_[kAnswer] * (output_[k] - top))
                                             : output_[k] + parameter_[kAnswer];
    }
    for (std::size_t k = 0; k < K_; ++k) p[k] /= sum;
  }

  void learn(std::span<const double> x, int label) override {
    constexpr double kAbsent = A == Answer::exponential ? -1 : 0;
    std::vector<double> error(K_), change(D_);
    for (std::size_t k = 0; k < K_; ++k)
      error[k] = (static_cast<int>(k) == label ? std::max(1.0, output_[k]) : std::min(kAbsent, output_[k])) -
                 output_[k];
    for (std::size_t j = 0; j < activation_.size(); ++j) {
      double back = 0;
      for (std::size_t k = 0; k < K_; ++k) {
        double& w = w_[j * K_ + k];
        back += error[k] * w;
        w += parameter_[kLambdaW] * error[k] * activation_[j];
      }
      for (std::size_t m = 0; m < D_; ++m)
        change[m] -=
            parameter_[kLambdaA] * back * activation_[j] * parameter_[kC] * std::abs(h_[j * D_ + m] - x[m]);
    }
    attend(change);
  }

 private:
  void attend(std::vector<double>& change) {
    double mean = 0, sum = 0;
    for (const double d : change) mean += d / static_cast<double>(D_);
    for (std::size_t m = 0; m < D_; ++m)
      sum += alpha_[m] = std::max(0.0, alpha_[m] + change[m] - (A == Answer::exponential ? 0 : mean));
    if (A == Answer::background_noise && sum > 0)
      for (double& alpha : alpha_) alpha /= sum;
  }

  std::size_t D_, K_;
  std::vector<double> parameter_, h_, w_;  // [j, D], [j, K]
  std::vector<double> alpha_, activation_, output_;
};

template <Answer A>
std::unique_ptr<Rival> make(const Lesson& lesson, std::span<const double> parameters) {
  return std::make_unique<Alcove<A>>(lesson, parameters);
}

}  // namespace

RivalFacts alcove() {
  return {"alcove",
          "ALCOVE with background noise, as fitted by Nosofsky et al. 1994",
          {{"c", 6.33, 1e-4, 20, "how steeply similarity falls"},
           {"b", 0.011, 1e-6, 10, "background noise of the answers"},
           {"lambda_a", 0.409, 0, 10, "learning rate of attention"},
           {"lambda_w", 0.179, 0, 1, "learning rate of association weights"}},
          make<Answer::background_noise>};
}

RivalFacts alcove_er() {
  return {"alcove_er",
          "ALCOVE with exponential answers, as fitted by the R package catlearn",
          {{"c", 5.8219, 1e-4, 20, "how steeply similarity falls"},
           {"phi", 1.9539, 1e-4, 20, "how determined answers are"},
           {"lambda_a", 0.9856, 0, 10, "learning rate of attention"},
           {"lambda_w", 0.0754, 0, 1, "learning rate of association weights"}},
          make<Answer::exponential>};
}

}  // namespace tsd::dual_stream
