#include "families/nback/plain/loss.hpp"

#include <cmath>

#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

constexpr std::int64_t kIgnoresNothing = -100;  // no class

// Mean over the selected steps, each with the weight of its target (none: equal weights).
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& target,
                            const torch::Tensor& weights, double smoothing) {
  const auto total = weights.index_select(0, target).sum();
  if (total.item<double>() == 0) return logits.sum() * 0;
  return torch::cross_entropy_loss(logits, target, weights, at::Reduction::Mean, kIgnoresNothing, smoothing);
}

// Mean over the properties of the batch of the cross entropy of their read-outs (nback.md 4.5).
LossTerms proxy_terms(const torch::Tensor& steps, const torch::Tensor& target, const Batch& batch,
                      const LossSpec& spec) {
  std::vector<torch::Tensor> groups;
  std::int64_t begin = 0;
  for (std::size_t head = 0; head < spec.heads.size(); begin += spec.heads[head++]) {
    std::vector<std::int64_t> rows;
    for (int i = 0; i < batch.B * batch.L; ++i)
      if (batch.feature[i / batch.L] == head && batch.target[i] != kNoTarget) rows.push_back(i);
    if (rows.empty()) continue;
    const auto index = torch::tensor(rows, torch::kLong).to(steps.device());
    groups.push_back(torch::cross_entropy_loss(
        steps.index_select(0, index).narrow(1, begin, spec.heads[head]), target.index_select(0, index)));
  }
  LossTerms terms;
  terms.loss = terms.main = terms.all_steps = groups.empty() ? steps.sum() * 0 : torch::stack(groups).mean();
  terms.no_action = terms.main.new_zeros({});
  return terms;
}

}  // namespace

LossTerms loss_terms(const torch::Tensor& logits, const Batch& batch, const LossSpec& spec) {
  std::vector<std::int64_t> executive, trivial, every;  // indices into [B L]
  for (int b = 0; b < batch.B; ++b)
    for (int t = 0; t < batch.L; ++t) {
      (spec.mask_trivial_steps && t < batch.n[b] ? trivial : executive).push_back(b * batch.L + t);
      every.push_back(b * batch.L + t);
    }
  const auto device = logits.device();
  const auto steps = logits.flatten(0, 1);  // [B L, outputs]
  const auto target =
      torch::tensor(at::ArrayRef<std::uint8_t>(batch.target), torch::kByte).to(torch::kLong).to(device);
  if (!spec.heads.empty()) return proxy_terms(steps, target, batch, spec);
  const auto term = [&](const std::vector<std::int64_t>& rows, const torch::Tensor& weights) {
    const auto index = torch::tensor(rows, torch::kLong).to(device);
    return cross_entropy(steps.index_select(0, index), target.index_select(0, index),
                         weights.to(steps.options()), spec.label_smoothing);
  };

  LossTerms terms;
  const auto weights = torch::tensor(at::ArrayRef<double>(spec.class_weights, kResponses), torch::kDouble);
  terms.main = term(executive, weights);
  terms.all_steps = term(every, weights).detach();
  terms.no_action = spec.no_action_weight > 0 ? term(trivial, torch::ones({kResponses}, torch::kDouble))
                                              : terms.main.new_zeros({});
  terms.loss = terms.main + spec.no_action_weight * terms.no_action;
  return terms;
}

double clip_gradients(const torch::OrderedDict<std::string, torch::Tensor>& parameters, double grad_clip) {
  std::vector<torch::Tensor> gradients, norms;
  for (const auto& item : parameters) gradients.push_back(item.value().grad());
  for (const auto& gradient : gradients) norms.push_back(torch::linalg_vector_norm(gradient, 2));
  const double norm = torch::linalg_vector_norm(torch::stack(norms), 2).item<double>();
  if (!std::isfinite(norm))
    for (const auto& item : parameters)
      if (!item.value().grad().isfinite().all().item<bool>())
        throw NumericError("gradient of " + item.key() + " is not finite");
  if (!std::isfinite(norm)) throw NumericError("the norm of the gradient is not finite");
  if (grad_clip > 0) {
    const double coefficient = std::min(1.0, grad_clip / (norm + 1e-6));
    for (auto& gradient : gradients) gradient.mul_(coefficient);
  }
  return norm;
}

}  // namespace tsd::nback
