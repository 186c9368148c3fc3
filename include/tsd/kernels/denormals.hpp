// Numbers below 1.2e-38 are a hundred times slower on some processors, and change no weight.
#pragma once
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace tsd::kernels {

// While it lives, they count as 0 on the thread that made it.
class DenormalsAsZero {
#ifdef __SSE2__
 public:
  DenormalsAsZero() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~DenormalsAsZero() { _mm_setcsr(before_); }
  DenormalsAsZero(const DenormalsAsZero&) = delete;
  DenormalsAsZero& operator=(const DenormalsAsZero&) = delete;

 private:
  unsigned before_;
#endif
};

}  // namespace tsd::kernels
