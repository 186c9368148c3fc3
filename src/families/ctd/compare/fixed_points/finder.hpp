// What walks many states at once towards where q(x) = |F(u, x) - x|^2 / 2 is least. Rows don't see each other, so
// blocks of them go their way alone.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::compare {

class Finder {
 public:
  virtual ~Finder() = default;
  virtual int blocks() const = 0;
  // `updates` more of one block's rows; blocks may be advanced on different threads.
  virtual void advance(int block, std::int64_t updates) = 0;

  virtual math::DenseD ends() const = 0;  // [n, D], as far as they have come
  // Its q: of Adam before the last update, of steps of least squares where it stands; and the change at the last update.
  // NaN before there is one.
  virtual std::vector<double> q() const = 0, dq() const = 0;
  virtual std::vector<std::int64_t> updates() const = 0;  // of each state
  double mean_q() const;

  virtual Arrays save(const std::string& prefix) const = 0;
  virtual void load(const Arrays& saved, const std::string& prefix) = 0;
};

}  // namespace tsd::compare
