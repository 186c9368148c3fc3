// The reference's search for fixed points: Adam on q(x) = |F(u, x) - x|^2 / 2 for many states at once, of the
// mean over them (compare.md 7.4).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "families/ctd/compare/fixed_points/finder.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::compare {

struct SearchOptions {
  double learning_rate = 1e-3;
  double lr_decay = 1;  // factor of the step size, every so many updates
  std::int64_t lr_decay_every = 1000;
  double freeze_below = 0;  // a row with q below stays
};

template <class T>
class Search final : public Finder {
 public:
  // Inputs: one row for all, or one for each state.
  Search(const nn::CellParameters& cell, const math::Dense<T>& states, const math::Dense<T>& inputs,
         const SearchOptions& options);

  int blocks() const override { return static_cast<int>(blocks_.size()); }
  void advance(int block, std::int64_t updates) override;

  math::Dense<T> states() const;
  math::DenseD ends() const override;
  std::vector<double> q() const override, dq() const override;
  std::vector<std::int64_t> updates() const override;  // none after a state froze

  Arrays save(const std::string& prefix) const override;
  void load(const Arrays& saved, const std::string& prefix) override;

 private:
  struct Block {
    std::int64_t updates = 0;
    math::Dense<T> projected, x, first, second;  // of Adam: first and second moments
    std::vector<T> q, dq;
    std::vector<std::int64_t> moves;  // updates of each row
  };
  void update(Block& block, const math::Dense<T>& gradient);

  std::unique_ptr<nn::Dynamics<T>> dynamics_;
  SearchOptions options_;
  int n_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace tsd::compare
