// Sixteen trials of an arm at once, and one lane group of an array [row, trial]; included once per processor
// target.
#if defined(TSD_CTD_ARM_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_CTD_ARM_LANES_INL
#undef TSD_CTD_ARM_LANES_INL
#else
#define TSD_CTD_ARM_LANES_INL
#endif

#include <hwy/highway.h>

#include <cstddef>

#include "families/ctd/shared/arm/arm.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::ctd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kArmLanes>;
using V = hn::Vec<D>;

HWY_INLINE V all(float x) { return hn::Set(D(), x); }
HWY_INLINE V times(float a, V b) { return hn::Mul(all(a), b); }
HWY_INLINE V square(V x) { return hn::Mul(x, x); }
HWY_INLINE V clamp(V x, float low, float high) { return hn::Min(hn::Max(x, all(low)), all(high)); }

struct Rows {
  const float* data;
  std::ptrdiff_t stride;
  HWY_INLINE V operator[](int row) const { return hn::LoadU(D(), data + row * stride); }
};
struct NewRows {
  float* data;
  std::ptrdiff_t stride;
  HWY_INLINE operator Rows() const { return {data, stride}; }
  HWY_INLINE V operator[](int row) const { return Rows(*this)[row]; }
  HWY_INLINE void set(int row, V value) const { hn::StoreU(value, D(), data + row * stride); }
  HWY_INLINE void add(int row, V value) const { set(row, hn::Add((*this)[row], value)); }
};

}  // namespace tsd::ctd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
