// Loss and update of nback.md 4.1 and 4.2, in the dtype of the model.
#pragma once
#include <torch/ordered_dict.h>

#include "families/nback/model/backend.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::nback {

struct LossTerms {
  torch::Tensor loss, main, no_action;  // scalars; loss = main + lambda * no_action
  torch::Tensor all_steps;              // as in Outcome
};

// logits [B, L, outputs]. A term over no steps, or over steps of weight 0 only, is 0.
LossTerms loss_terms(const torch::Tensor& logits, const Batch& batch, const LossSpec& spec);

// The L2 norm of all gradients, after which they are scaled by min(1, grad_clip / (norm + 1e-6)) unless
// grad_clip is 0. NumericError naming the first parameter whose gradient is not finite.
double clip_gradients(const torch::OrderedDict<std::string, torch::Tensor>& parameters, double grad_clip);

}  // namespace tsd::nback
