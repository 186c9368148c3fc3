// A part of a comparison that goes step by step.
#pragma once
#include <cstdint>

#include "tsd/io/array.hpp"

namespace tsd::compare {

class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::int64_t steps() const = 0;
  virtual void step(std::int64_t i) = 0;  // i = 0, 1, .. in order
  // Of what is optimised; everything else is computed again. restore(): after `done` steps.
  virtual Arrays state() const = 0;
  virtual void restore(const Arrays& state, std::int64_t done) = 0;
};

}  // namespace tsd::compare
