// The k largest activations in the order of PyTorch's top-k on the CPU (dual_stream.md 3.3), which decides
// ties: std::partial_sort of (value, index) by value where k * 64 <= N, else std::nth_element and a sort.
#pragma once
#include <span>
#include <vector>

namespace tsd::dual_stream {

struct Scored {
  float activation;
  int at;  // in `units`
};

// Of N activations, of which `a` of the ascending `units` are given and the others are 0: the `k` largest,
// the largest first, without zeros, are left in `top`. `lowest_first`: of equal ones the lowest index,
// instead of PyTorch's order.
void top_units(std::span<const int> units, std::span<const float> a, int N, int k, bool lowest_first,
               std::vector<Scored>& top);

}  // namespace tsd::dual_stream
