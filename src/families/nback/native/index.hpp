// What a batch shows, without repetitions: its different images, its different tasks, its different pairs of
// both. Everything before the recurrence is a function of the pair, and most of it of the image or the task
// alone.
#pragma once
#include <vector>

#include "families/nback/data/task.hpp"
#include "families/nback/native/matrix.hpp"

namespace tsd::nback {

// Members 0..n-1 in groups; each group's members in ascending order.
class Grouping {
 public:
  Grouping() = default;
  Grouping(std::vector<int> group_of, int groups);

  int members() const { return static_cast<int>(group_of_.size()); }
  int groups() const { return static_cast<int>(begin_.size()) - 1; }
  int operator[](int member) const { return group_of_[member]; }
  bool trivial() const { return trivial_; }  // member i is group i

  Matrix gather(Matrix by_group, Buffer& buffer) const;  // by_group itself where trivial
  Matrix sum(Matrix by_member, Buffer& buffer) const;    // by_member itself where trivial

 private:
  std::vector<int> group_of_, begin_, order_;  // members of group g: order_[begin_[g] .. begin_[g + 1]]
  bool trivial_ = true;
};

struct BatchIndex {
  int B = 0, L = 0;
  std::vector<int> images;  // stimuli of the batch, each once
  Grouping row_pair;        // rows (t, b), time-major, by pair
  Grouping pair_image, pair_task;
  Buffer task_buffer;
  Matrix tasks;  // [T, 3 + levels], the task vectors of the batch, each once
};

// merge_pairs = false: every row is a pair of its own (as dropout before the recurrence wants it).
// levels: as in ModelSpec.
void make_index(const Batch& batch, int levels, bool merge_pairs, BatchIndex& index);

}  // namespace tsd::nback
