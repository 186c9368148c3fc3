// The k largest activations in the order of PyTorch's top-k on the CPU (dual_stream.md 3.3), which decides
// ties: std::partial_sort of (value, index) by value where k * 64 <= N, else std::nth_element and a sort.
#pragma once
#include <cstdint>
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

// What top_units() found. Nothing but the order of the activations, ties included, decides that: where the same
// units' stand in the same order again, as at an item in the next epoch, it is found without sorting.
class FoundTop {
 public:
  void note(std::span<const float> a, const std::vector<Scored>& top);
  bool again(std::span<const float> a, std::vector<Scored>& top) const;

 private:
  bool same_order(std::span<const float> a) const;

  std::vector<int> first_;          // a unit of each rank; ranks count from the largest activation
  std::vector<std::uint8_t> rank_;  // of each unit
  std::vector<int> top_;
};

}  // namespace tsd::dual_stream
