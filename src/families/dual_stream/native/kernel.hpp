// Trials on plain memory, `lanes` participants side by side, one per SIMD lane. A participant's numbers do
// not depend on its lane, on its neighbours, or on the width of the processor's vectors.
#pragma once
#include <any>
#include <cstddef>
#include <cstdint>

#include "families/dual_stream/model/model.hpp"

namespace tsd::dual_stream {

int kernel_lanes();  // floats in a vector of this processor

// What a trial does besides being answered.
struct Pass {
  bool recruit = true, learn_fast = true, learn_slow = true;
  bool opens = false;         // the first trial begins a run
  bool fast_teaches = false;  // the slow stream learns what the fast one answers, instead of the label
  bool own_losses = false;    // each stream learns from its own logits, not from the sum
  float gate = 1;             // of the fast stream's logits in the sum
};

// What a trial leaves, in this order, per lane; then the logits of the fast and of the slow stream, K each.
enum Value : int {
  lc_fast,
  lc_slow,
  lc_total,
  loss_fast,
  loss_slow,
  loss_total,
  acc_fast,
  acc_slow,
  acc_total,
  recruited,  // units; -1: recruitment was due, but no inactive unit had any activation
  first_logit
};
constexpr std::size_t values_per_trial(int K) { return first_logit + 2 * static_cast<std::size_t>(K); }

struct Trials {
  int count = 0;
  const float* x = nullptr;             // [trial, D, lane]
  const std::int32_t* label = nullptr;  // [trial, lane]
  const std::int32_t* item = nullptr;   // [trial, lane]: the clustering stream's slot
  const float* dropout = nullptr;       // [trial, hidden layer from the second, unit, lane]: factors; or null
  float* out = nullptr;                 // [trial, values_per_trial, lane]
  float* attention = nullptr;           // [D, lane] of clustering and multiunit: as the last trial used it
};

struct Block {
  int members = 0;        // lanes in use; the others run along with the last one
  float* fast = nullptr;  // [Layout::fast_size, lane], of multiunit [lane, Layout::fast_size]
  float* slow = nullptr;  // [Layout::slow_size, lane], of a wide one [member, WideLayout::size]
  float* scratch = nullptr;
  std::any* kept =
      nullptr;  // what the fast stream keeps from one pass to the next; empty where `fast` is new
};
std::size_t scratch_size(const ModelSpec& model, const Layout& layout);  // floats per lane

void kernel_run(const ModelSpec& model, const Layout& layout, const Pass& pass, const Trials& trials,
                Block& block);

}  // namespace tsd::dual_stream
