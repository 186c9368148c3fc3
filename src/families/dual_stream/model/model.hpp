// What is simulated, in numbers: two streams, the loss on the sum of their logits, and where the state of one
// participant lies in memory. dual_stream.md 3, 4.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tsd/nn/layout.hpp"

namespace tsd::dual_stream {

enum class FastKind { none, clustering, multiunit, distribution, winners, exemplar };
enum class LossKind { bcelogits, crossentropy };
enum class Covariance { diagonal, full };
enum class Recruitment { never, after_errors, novelty };

// The fast stream: N units in D dimensions that vote for K classes.
struct Fast {
  FastKind kind = FastKind::none;
  int N = 0, D = 0, K = 0;
  float gain = 1;  // Phi, phi
  float lr_position = 0, lr_attention = 0, lr_association = 0;
  float momentum = 0;

  // clustering (3.2), multiunit (3.3) and exemplar (3.7)
  float r = 2, q_over_r = 0.5f, specificity = 0.25f;
  // clustering
  float beta = 3, tau = 0.012f, threshold = -0.4f;
  float temperature = 0;  // of the competition; 0: the one that raises h to the power beta
  bool attention_sums_to_one = true;
  // multiunit and winners (3.7)
  int winners = 50;  // units that answer at once
  bool local_attention = true, lowest_index_first = false;
  // distribution (3.4, 3.5, 3.7) and exemplar. Units that were recruited together stay equal for ever, so one
  // stands for `recruits` of them: N counts such groups, of which the last may be smaller.
  int recruits = 1, units = 0;
  Recruitment recruitment = Recruitment::after_errors;
  float novelty = 0.01f;         // an item is new where no unit in use is nearer
  bool rests_when_full = false;  // learns nothing in trials that would recruit but find no unit free
  // distribution
  float variance = 0.02f;
  bool needs_density = false;  // an inactive unit whose density at the item is 0 cannot be recruited
  bool one_winner = false;     // the densest unit answers alone
  bool shared_factor = false;  // one full covariance for all units
  Covariance covariance = Covariance::diagonal;

  bool has_factors() const { return kind == FastKind::distribution || kind == FastKind::winners; }
  bool grouped() const { return kind == FastKind::distribution || kind == FastKind::exemplar; }

  int members(int group) const { return std::min(recruits, units - group * recruits); }

  // Of a unit at the origin, where those are that were never used, at an item of this squared length.
  float fresh_density(float square) const;
};

// The slow stream: affine layers with ReLU between them; no sizes: none.
struct Slow {
  std::vector<int> sizes;  // D, hidden layers, K
  float lr = 0, momentum = 0, dropout = 0;
  bool wide = false;  // natively each participant has memory of its own (WideLayout); without momentum only

  std::size_t layers() const { return sizes.empty() ? 0 : sizes.size() - 1; }
};

struct ModelSpec {
  Fast fast;
  Slow slow;
  LossKind loss = LossKind::bcelogits;
  int D = 0, K = 0;

  bool has_fast() const { return fast.kind != FastKind::none; }
  bool has_slow() const { return !slow.sizes.empty(); }
};

using nn::Slot;

// The state of a participant: the fast stream's numbers, then the slow stream's, each followed by as many
// velocities where it learns with momentum.
struct Layout {
  explicit Layout(const ModelSpec& model);

  Slot position, attention, association,
      active;              // fast; `active`: flags, of grouped units how many groups are in use
  std::vector<Slot> W, b;  // slow; [out, in], [out]; offsets from the slow part's start
  std::size_t fast_parameters = 0, slow_parameters = 0, fast_size = 0, slow_size = 0;

  std::size_t size() const { return fast_size + slow_size; }
};

// A wide slow stream as the native kernel holds it, weights transposed, rows filled up to whole vectors.
struct WideLayout {
  explicit WideLayout(const Slow& slow);

  void load(const Layout& layout, std::span<const float> slow_state, float* wide) const;
  void save(const Layout& layout, const float* wide, std::span<float> slow_state) const;

  std::vector<int> sizes;         // of Slow
  std::vector<std::size_t> row;   // of each layer: floats for its units
  std::vector<std::size_t> W, b;  // offsets: [in, row], [row]
  std::size_t size = 0;
};

}  // namespace tsd::dual_stream
