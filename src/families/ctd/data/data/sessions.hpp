// Which neurons which session has, among those of all (ctd_data.md 2.5).
#pragma once
#include <vector>

namespace tsd::ctd_data {

struct Sessions {
  struct Part {
    int in_begin, in_end, out_begin, out_end;  // columns of its held-in and held-out neurons

    bool has(int n) const { return (n >= in_begin && n < in_end) || (n >= out_begin && n < out_end); }
    int neurons() const { return in_end - in_begin + out_end - out_begin; }
  };
  std::vector<Part> parts;
  // Of each held-in neuron what its read-in takes off: its mean count in training trials, or readout_bias.
  std::vector<float> mean;
  // As recorded, and its pseudo-inverse: [held-in neuron, model.readin_dim]; empty: drawn.
  std::vector<float> readin, readout;
};

}  // namespace tsd::ctd_data
