// A cell through the steps of a block of trials, forward and back in time, on one thread. Rows are packed
// step by step.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "tsd/nn/cell.hpp"

namespace tsd::ctd_data {

using math::Buffer, math::Form, nn::Matrices, math::Matrix, nn::Parameters, nn::Weight;

// Steps whose products are made at once.
inline int chunk_steps(int R) {
  constexpr int kRows = 512;
  return std::max(1, kRows / R);
}

class Recurrence {
 public:
  enum class Direction { forward, backward };
  Recurrence(std::unique_ptr<nn::Cell> cell, int H, Direction direction = Direction::forward);

  void bind(const Parameters& parameters) { cell_->bind(parameters); }
  // keeps: what the backward pass needs.
  void begin(int T, int R, bool keeps);
  Matrix initial() const { return slot(reverse_ ? T_ : 0); }  // to be filled before the first step

  void run(Matrix x);  // all steps, x [T R, I]
  void step(int t, Matrix x);

  Matrix before(int t) const { return slot(reverse_ ? t + 1 : t); }
  Matrix after(int t) const { return slot(reverse_ ? t : t + 1); }
  Matrix last() const { return after(reverse_ ? 0 : T_ - 1); }
  Matrix states() const {
    return states_.slice(reverse_ ? 0 : R_, T_ * R_);
  }  // after each step, in time's order

  // The gradient of the states after steps [begin, end) into dg, then back through them.
  using Fill = std::function<void(int begin, int end, Matrix dg)>;
  // Returns the gradient of the initial state; adds to the parameters'.
  Matrix run_back(Matrix x, const Fill& fill);

  // The same step by step: the gradient carried to the state after the step is in carry().
  Matrix begin_back();
  Matrix carry() { return carry_.matrix(R_, H_); }
  void step_back(int t, Matrix dg, Matrix* dx);   // dg: all of it
  void accumulate(int begin, int end, Matrix x);  // steps of one chunk, after all their step_back

 private:
  Matrix slot(int k) const { return states_.slice(k * R_, R_); }
  Matrices saved(int begin, int end) const;
  Matrices gradients(int begin, int end);

  std::unique_ptr<nn::Cell> cell_;
  int H_, T_ = 0, R_ = 0;
  bool reverse_, keeps_ = false;
  Matrix states_;
  Matrices saved_;
  Buffer states_buffer_, projected_, carry_, dg_;
  std::vector<Buffer> saved_buffers_, d_buffers_;
};

}  // namespace tsd::ctd_data
