// Vectors of floats whose rows, where these are multiples of 16 floats, start at cache lines: a load that
// lies across two lines costs as much as two.
#pragma once
#include <cstddef>
#include <new>
#include <vector>

namespace tsd::kernels {

template <class T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
  template <class U>
  bool operator==(const CacheLineAllocator<U>&) const {
    return true;
  }
};

using Floats = std::vector<float, CacheLineAllocator<float>>;

}  // namespace tsd::kernels
