#include "tsd/train/trainee.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/error.hpp"
#include "tsd/kernels/elementwise.hpp"
#include "tsd/train/tied.hpp"

namespace tsd::train {

Trainee::Trainee(const nn::Layout& layout, std::vector<float> values, std::size_t trainable)
    : slots_(layout.slots()),
      trainable_(trainable),
      values_(std::move(values)),
      gradient_(values_.size()),
      m_(trainable),
      v_(trainable) {}

Trainee::Trainee(const nn::Layout& layout, std::vector<float> values)
    : Trainee(layout, std::move(values), layout.size()) {}

double Trainee::gradient_norm() const {
  return std::sqrt(kernels::sum_of_squares(trainable_, gradient_.data()));
}

void Trainee::check(double loss, double norm, const std::string& place) const {
  if (!std::isfinite(loss)) throw NumericError(place + "the loss is not finite");
  if (std::isfinite(norm)) return;
  for (const nn::Slot& slot : slots_)
    if (!std::ranges::all_of(std::span(gradient_).subspan(slot.offset, slot.size()),
                             [](float g) { return std::isfinite(g); }))
      throw NumericError(place + "the gradient is not finite; first bad parameter: " + slot.name);
  throw NumericError(place + "the norm of the gradient is not finite");  // finite numbers that overflow
}

void Trainee::update(const kernels::AdamW& options, float scale) {
  kernels::adamw(options, ++updates_, scale, trainable_, gradient_.data(), values_.data(), m_.data(),
                 v_.data());
}

void Trainee::forget_moments() {
  updates_ = 0;
  std::ranges::fill(m_, 0.0f);
  std::ranges::fill(v_, 0.0f);
}

void Trainee::save(const std::string& prefix, Arrays& to) const {
  to.push_back(make_array(prefix + "parameters", values_));
  to.push_back(make_array(prefix + "adam/m", m_));
  to.push_back(make_array(prefix + "adam/v", v_));
  if (!best_.empty()) to.push_back(make_array(prefix + "best", best_));
}

void Trainee::restore(const Arrays& saved, const std::string& prefix, std::int64_t updates) {
  restore_all(saved, prefix + "parameters", values_);
  restore_all(saved, prefix + "adam/m", m_);
  restore_all(saved, prefix + "adam/v", v_);
  best_.clear();
  if (std::ranges::find(saved, prefix + "best", &Array::name) != saved.end())
    restore_all(saved, prefix + "best", best_);
  updates_ = updates;
}

double clip_scale(double norm, double most) { return most > 0 ? std::min(1.0, most / (norm + 1e-6)) : 1.0; }

}  // namespace tsd::train
