#include "families/dual_stream/rivals/rival_group.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::dual_stream {

namespace {

// Without noise a model may hold a class for impossible; its loss stays finite.
double log_of(double p) { return std::log(std::max(p, 1e-30)); }

class RivalGroup final : public Group {
 public:
  RivalGroup(const RivalFacts& facts, std::span<const double> parameters, const Lesson& lesson, LossKind loss,
             std::size_t members)
      : D_(static_cast<std::size_t>(lesson.D)), K_(static_cast<std::size_t>(lesson.K)), loss_(loss) {
    for (std::size_t i = 0; i < members; ++i) members_.push_back(facts.make(lesson, parameters));
  }

  void load(std::size_t, std::span<const float>) override {}
  std::vector<float> save(std::size_t) const override { return {}; }
  std::vector<float> read_fast(std::size_t, const Slot&) const override { return {}; }

  std::vector<Outcome> run(const Pass& pass, std::span<const Presentation> presentations) override {
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < members_.size(); ++i)
      outcomes.push_back(run(*members_[i], pass.learn_fast, presentations[i]));
    return outcomes;
  }

 private:
  Outcome run(Rival& rival, bool learns, const Presentation& shown) const {
    Outcome outcome;
    std::vector<double> p(K_);
    for (std::size_t t = 0; t < shown.label.size(); ++t) {
      const auto first = shown.x.begin() + static_cast<std::ptrdiff_t>(t * D_);
      const std::vector<double> x(first, first + static_cast<std::ptrdiff_t>(D_));
      rival.answer(x, p);
      record(p, shown.label[t], outcome.values);
      if (learns) rival.learn(x, shown.label[t]);
    }
    return outcome;
  }

  // In the order of Value. The rival answers for the fast stream and for the sum; the slow one is silent.
  void record(const std::vector<double>& p, std::int32_t label, std::vector<float>& values) const {
    const std::vector<double> silent(K_, 1.0 / static_cast<double>(K_));
    const auto y = static_cast<std::size_t>(label);
    const auto add = [&](double value) { values.push_back(static_cast<float>(value)); };
    for (const auto* of : {&p, &silent, &p}) add(1 - (*of)[y]);
    for (const auto* of : {&p, &silent, &p}) add(loss_of(*of, y));
    for (const auto* of : {&p, &silent, &p})
      add(static_cast<std::size_t>(std::ranges::max_element(*of) - of->begin()) == y);
    add(0);  // recruited
    for (const double value : p) add(log_of(value));
    for (std::size_t k = 0; k < K_; ++k) add(0);
  }

  double loss_of(const std::vector<double>& p, std::size_t label) const {
    if (loss_ == LossKind::crossentropy) return -log_of(p[label]);
    double sum = 0;
    for (std::size_t k = 0; k < K_; ++k) sum -= log_of(k == label ? p[k] : 1 - p[k]);
    return sum / static_cast<double>(K_);
  }

  std::size_t D_, K_;
  LossKind loss_;
  std::vector<std::unique_ptr<Rival>> members_;
};

}  // namespace

std::unique_ptr<Group> rival_group(const RivalFacts& facts, std::span<const double> parameters,
                                   const Lesson& lesson, LossKind loss, std::size_t members) {
  return std::make_unique<RivalGroup>(facts, parameters, lesson, loss, members);
}

}  // namespace tsd::dual_stream
