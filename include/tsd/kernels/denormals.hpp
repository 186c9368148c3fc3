// Numbers below 1.2e-38 are a hundred times slower on some processors, and change no weight.
#pragma once
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace tsd::kernels {

enum class Denormals { zero, kept };

// While it lives, they count as 0, or as what they are, on the thread that made it.
template <Denormals kDenormals>
class WithDenormals {
#ifdef __SSE2__
 public:
  WithDenormals() : before_(_mm_getcsr()) {
    constexpr unsigned kAsZero = 0x8040;
    _mm_setcsr(kDenormals == Denormals::zero ? before_ | kAsZero : before_ & ~kAsZero);
  }
  ~WithDenormals() { _mm_setcsr(before_); }
  WithDenormals(const WithDenormals&) = delete;
  WithDenormals& operator=(const WithDenormals&) = delete;

 private:
  unsigned before_;
#endif
};

using DenormalsAsZero = WithDenormals<Denormals::zero>;
using DenormalsKept = WithDenormals<Denormals::kept>;

}  // namespace tsd::kernels
