// A network that learns: its parameters, what Adam keeps of their gradients, and the best of them so far.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"
#include "tsd/kernels/adamw.hpp"
#include "tsd/nn/layout.hpp"

namespace tsd::train {

class Trainee {
 public:
  // `values`: one number for each place of the layout. The first `trainable` of them learn.
  Trainee(const nn::Layout& layout, std::vector<float> values, std::size_t trainable);
  Trainee(const nn::Layout& layout, std::vector<float> values);  // all learn

  const std::vector<float>& values() const { return values_; }
  const std::vector<float>& best() const { return best_; }  // empty: none yet
  std::int64_t updates() const { return updates_; }         // steps of Adam since its moments were zero

  std::vector<float>& gradient() { return gradient_; }
  const std::vector<float>& gradient() const { return gradient_; }
  double gradient_norm() const;  // Euclidean, of what learns

  // NumericError where the loss or the norm is not finite, beginning with `place` and naming the first
  // parameter whose gradient is not.
  void check(double loss, double norm, const std::string& place) const;
  // One step of AdamW (tsd/kernels/adamw.hpp) with the gradient, multiplied by `scale` first.
  void update(const kernels::AdamW& options, float scale = 1);
  // For limits that the network sets to its parameters after a step.
  std::span<float> mutable_values() { return values_; }
  void forget_moments();
  void keep_best() { best_ = values_; }

  // Named arrays parameters, adam/m, adam/v and, where there is one, best, each behind `prefix`. The number of
  // updates is the learner's to save, among its own numbers.
  void save(const std::string& prefix, Arrays& to) const;
  void restore(const Arrays& saved, const std::string& prefix, std::int64_t updates);

 private:
  std::vector<nn::Slot> slots_;
  std::size_t trainable_;
  std::vector<float> values_, gradient_, m_, v_, best_;
  std::int64_t updates_ = 0;
};

// What a gradient is multiplied by so that its norm becomes `most` where it is larger; `most` 0: 1. As
// torch.nn.utils.clip_grad_norm_: min(1, most / (norm + 1e-6)).
double clip_scale(double norm, double most);

}  // namespace tsd::train
