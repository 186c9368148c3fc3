// Factors of the generator's states: dropout, then a map with rows of unit length (ctd_data.md 3.2).
#pragma once
#include "families/ctd_data/lfads_pass.hpp"

namespace tsd::ctd_data {

// Rows of unit length, and the gradient back through the division.
class NormalisedRows {
 public:
  void bind(const Weight& W);
  Matrix value() const { return value_; }
  Matrix gradient() const { return gradient_; }
  void back() const;

 private:
  float length(int i) const;

  Weight W_;
  Matrix value_, gradient_;
  Buffer value_buffer_, gradient_buffer_;
};

// Slot 0 is the initial state's, slot t + 1 that of the state after step t.
class LfadsFactors {
 public:
  void bind(const Weight& W) { rows_.bind(W); }
  void begin(const LfadsPass& pass);
  // Of the generator's states in slots [first, first + count).
  void make(const LfadsPass& pass, const Recurrence& generator, int first, int count);
  Matrix slot(int k) const;    // [R, fac_dim]
  Matrix after_steps() const;  // [T R, fac_dim]

  // Gradient of the factors in such slots to that of the states before dropout.
  void back(const LfadsPass& pass, Matrix d_factors, int first, int count, Matrix d_states);
  void end_back() const { rows_.back(); }

 private:
  NormalisedRows rows_;
  int R_ = 0;
  Matrix dropped_, masks_, all_;
  Buffer dropped_buffer_, masks_buffer_, all_buffer_, room_;
};

}  // namespace tsd::ctd_data
