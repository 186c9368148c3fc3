#include <algorithm>
#include <new>

#include "tsd/nn/matrix.hpp"

namespace tsd::nn {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

void Buffer::Free::operator()(float* memory) const { ::operator delete(memory, kAlignment); }

Matrix Buffer::matrix(int rows, int columns) {
  const auto needed = static_cast<std::size_t>(rows) * columns;
  if (needed > capacity_) {
    memory_.reset(static_cast<float*>(::operator new(needed * sizeof(float), kAlignment)));
    capacity_ = needed;
  }
  return {memory_.get(), rows, columns};
}

Matrix Buffer::zeros(int rows, int columns) {
  const Matrix m = matrix(rows, columns);
  std::fill_n(m.data, m.size(), 0.0f);
  return m;
}

}  // namespace tsd::nn
