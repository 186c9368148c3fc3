// Cross entropy of nback.md 4.1 and its gradient, over rows (t, b), time-major. In double precision: it costs
// nothing.
#pragma once
#include "families/nback/model/backend.hpp"
#include "families/nback/native/matrix.hpp"

namespace tsd::nback {

// logits [L B, outputs]; fills *gradient with that of the loss if given. A term over no steps, or over steps
// of weight 0 only, is 0.
Outcome cross_entropy(Matrix logits, const Batch& batch, const LossSpec& spec, const Matrix* gradient);

}  // namespace tsd::nback
