// The reference's search for fixed points: Adam on q(x) = |F(u, x) - x|^2 / 2 for many states at once, of the
// mean over them (compare.md 7.4). Rows don't see each other, so blocks of them go their way alone.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::compare {

struct SearchOptions {
  double learning_rate = 1e-3;
  double lr_decay = 1;  // factor of the step size, every so many updates
  std::int64_t lr_decay_every = 1000;
  double freeze_below = 0;  // a row with q below stays
};

template <class T>
class Search {
 public:
  // Inputs: one row for all, or one for each state.
  Search(const nn::CellParameters& cell, const nn::Dense<T>& states, const nn::Dense<T>& inputs,
         const SearchOptions& options);

  int blocks() const { return static_cast<int>(blocks_.size()); }
  // `updates` more of one block's rows; blocks may be advanced on different threads.
  void advance(int block, std::int64_t updates);

  nn::Dense<T> states() const;
  // Before the last update, and their change at that update; NaN before the second.
  std::vector<T> q() const, dq() const;
  std::vector<std::int64_t> updates() const;  // of each state; none after it froze
  double mean_q() const;

  Arrays save(const std::string& prefix) const;
  void load(const Arrays& saved, const std::string& prefix);

 private:
  struct Block {
    std::int64_t updates = 0;
    nn::Dense<T> projected, x, first, second;  // of Adam: first and second moments
    std::vector<T> q, dq;
    std::vector<std::int64_t> moves;  // updates of each row
  };
  void update(Block& block, const nn::Dense<T>& gradient);

  std::unique_ptr<nn::Dynamics<T>> dynamics_;
  SearchOptions options_;
  int n_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace tsd::compare
