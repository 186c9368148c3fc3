// Plastic matrices from the activity that a network left: they need not be stored while it runs.
#pragma once
#include <span>
#include <vector>

#include "families/plastic/model/backend.hpp"

namespace tsd::plastic {

// P of one layer, frame by frame (plastic.md 3.3, 13): P(t+1) = decay o P(t) + eta o (h(t) u(t)'), or by another
// rule.
class PlasticMatrix {
 public:
  // `layer` is a plastic one. Keeps references to network, layout and parameters.
  PlasticMatrix(const ModelSpec& network, const Layout& layout, std::span<const float> parameters,
                std::size_t layer);

  // From P(t) to P(t+1), frames in order.
  void see(const Sequence& sequence, const Trace& trace, int t);
  const std::vector<float>& values() const { return P_; }  // [n, m]

  std::vector<float> effective() const;  // what multiplies the input: W + P or W o (1 + P)
  std::vector<float> product() const;    // W o P
  const Layer& layer() const { return layer_; }

 private:
  const ModelSpec& network_;
  std::size_t index_;
  const Layer& layer_;
  std::span<const float> weight_;
  std::vector<float> rate_, decay_, P_;  // [n, m]
};

}  // namespace tsd::plastic
