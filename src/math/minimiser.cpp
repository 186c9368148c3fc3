#include "tsd/math/minimiser.hpp"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <semaphore>
#include <stdexcept>
#include <thread>

namespace tsd::math {

namespace {
constexpr double kVeryBad = 1e30;
constexpr double kTolerance = 1e-8;   // of a point
constexpr double kFirstStep = 0.1;    // of subplex
constexpr double kSecondStep = 0.02;  // when it begins again
}  // namespace

// NLopt calls for values, in a thread of its own that waits for each of them: one thread works at a time.
struct Minimiser::Impl {
  explicit Impl(Options given) : options(std::move(given)), best(options.start) {
    if (best.empty() || options.evaluations < 1) throw std::logic_error("Minimiser: nothing to search");
    worker = std::thread([this] {
      answered.acquire();
      if (!leaving) search();
      ended = true;
      asked.release();
    });
    next();
  }

  ~Impl() {
    leaving = true;
    if (!ended) answered.release();
    worker.join();
  }

  // Lets the search go on to its next question.
  void next() {
    answered.release();
    asked.acquire();
  }

  void search() {
    nlopt_srand(static_cast<unsigned long>(options.seed));  // of this thread alone
    if (!options.local) phase(NLOPT_GN_CRS2_LM, options.evaluations / 2, 0);
    phase(NLOPT_LN_SBPLX, options.evaluations - used, kFirstStep);
    phase(NLOPT_LN_SBPLX, options.evaluations - used, kSecondStep);
  }

  void phase(nlopt_algorithm algorithm, int evaluations, double step) {
    if (evaluations < 1 || leaving) return;
    optimiser = nlopt_create(algorithm, static_cast<unsigned>(best.size()));
    nlopt_set_lower_bounds1(optimiser, 0);
    nlopt_set_upper_bounds1(optimiser, 1);
    nlopt_set_min_objective(optimiser, &Impl::value_at, this);
    nlopt_set_xtol_abs1(optimiser, kTolerance);
    nlopt_set_maxeval(optimiser, evaluations);
    if (step > 0) nlopt_set_initial_step1(optimiser, step);
    std::vector<double> x = best;
    double value;
    nlopt_optimize(optimiser, x.data(), &value);
    nlopt_destroy(optimiser);
  }

  static double value_at(unsigned n, const double* x, double*, void* self_pointer) {
    auto& self = *static_cast<Impl*>(self_pointer);
    if (self.leaving || self.used >= self.options.evaluations) {
      nlopt_force_stop(self.optimiser);
      return kVeryBad;
    }
    self.point.assign(x, x + n);
    ++self.used;
    self.asked.release();
    self.answered.acquire();
    if (self.leaving) nlopt_force_stop(self.optimiser);
    if (self.value < self.least) {
      self.least = self.value;
      self.best = self.point;
    }
    return self.value;
  }

  Options options;
  std::vector<double> best, point;
  double least = HUGE_VAL, value = 0;
  int used = 0;
  bool ended = false, leaving = false;
  nlopt_opt optimiser = nullptr;
  std::binary_semaphore asked{0}, answered{0};
  std::thread worker;
};

Minimiser::Minimiser(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Minimiser::~Minimiser() = default;
Minimiser::Minimiser(Minimiser&&) noexcept = default;

std::optional<std::vector<double>> Minimiser::ask() const {
  return impl_->ended ? std::nullopt : std::optional(impl_->point);
}

void Minimiser::tell(double value) {
  if (impl_->ended) throw std::logic_error("Minimiser: told after its end");
  impl_->value = std::isfinite(value) ? std::min(value, kVeryBad) : kVeryBad;
  impl_->next();
}

}  // namespace tsd::math
