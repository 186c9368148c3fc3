#include "families/nback/native/index.hpp"

#include <algorithm>
#include <unordered_map>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::nback {
namespace {

constexpr int kRowsPerThread = 16, kMostTasks = kProperties * (kMostLevels + 1);

// Numbers keys in the order in which they first appear.
class Numbering {
 public:
  int operator()(int key) {
    const auto [place, is_new] = number_.try_emplace(key, static_cast<int>(keys.size()));
    if (is_new) keys.push_back(key);
    return place->second;
  }
  std::vector<int> keys;

 private:
  std::unordered_map<int, int> number_;
};

// Property and n, 0 where n has no input.
int task_key(const Batch& batch, int b, int levels) {
  return batch.feature[b] * (levels + 1) + (batch.n[b] <= levels ? batch.n[b] : 0);
}

}  // namespace

Grouping::Grouping(std::vector<int> group_of, int groups)
    : group_of_(std::move(group_of)), begin_(groups + 1), order_(group_of_.size()) {
  for (int i = 0; i < members(); ++i) trivial_ = trivial_ && group_of_[i] == i;
  trivial_ = trivial_ && members() == groups;
  for (int group : group_of_) ++begin_[group + 1];
  for (int g = 0; g < groups; ++g) begin_[g + 1] += begin_[g];
  std::vector<int> next(begin_.begin(), begin_.end() - 1);
  for (int i = 0; i < members(); ++i) order_[next[group_of_[i]]++] = i;
}

Matrix Grouping::gather(Matrix by_group, Buffer& buffer) const {
  if (trivial_) return by_group;
  const Matrix out = buffer.matrix(members(), by_group.columns);
  parallel(members(), kRowsPerThread, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) std::copy_n(by_group.row(group_of_[i]), out.columns, out.row(i));
  });
  return out;
}

Matrix Grouping::sum(Matrix by_member, Buffer& buffer) const {
  if (trivial_) return by_member;
  const Matrix out = buffer.matrix(groups(), by_member.columns);
  parallel(groups(), kRowsPerThread, [&](int begin, int end) {
    for (int g = begin; g < end; ++g) {
      std::copy_n(by_member.row(order_[begin_[g]]), out.columns, out.row(g));
      for (int k = begin_[g] + 1; k < begin_[g + 1]; ++k)
        kernels::add(out.columns, by_member.row(order_[k]), out.row(g));
    }
  });
  return out;
}

void make_index(const Batch& batch, int levels, bool merge_pairs, BatchIndex& index) {
  const int B = batch.B, L = batch.L;
  Numbering images, tasks, pairs;
  std::vector<int> row_pair, pair_image, pair_task;
  for (int t = 0; t < L; ++t)
    for (int b = 0; b < B; ++b) {
      const int image = images(batch.stimulus[b * L + t]), task = tasks(task_key(batch, b, levels));
      const int pair = pairs(merge_pairs ? image * kMostTasks + task : t * B + b);
      row_pair.push_back(pair);
      if (pair < static_cast<int>(pair_image.size())) continue;
      pair_image.push_back(image);
      pair_task.push_back(task);
    }
  const int P = static_cast<int>(pair_image.size());
  index.B = B, index.L = L;
  index.row_pair = Grouping(std::move(row_pair), P);
  index.pair_image = Grouping(std::move(pair_image), static_cast<int>(images.keys.size()));
  index.pair_task = Grouping(std::move(pair_task), static_cast<int>(tasks.keys.size()));
  index.images = std::move(images.keys);
  index.tasks = index.task_buffer.zeros(static_cast<int>(tasks.keys.size()), kProperties + levels);
  for (int i = 0; i < index.tasks.rows; ++i) {
    const auto property = static_cast<Property>(tasks.keys[i] / (levels + 1));
    std::ranges::copy(task_vector(property, tasks.keys[i] % (levels + 1), levels), index.tasks.row(i));
  }
}

}  // namespace tsd::nback
