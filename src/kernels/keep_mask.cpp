#include "tsd/kernels/keep_mask.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/keep_mask.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

void choose(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, std::size_t blocks,
            std::uint32_t threshold, float kept, float* out) {
  const hn::ScalableTag<float> d;
  const Words words;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN float part[HWY_MAX_BYTES / sizeof(float)];
  for (std::size_t k = 0; k < blocks; k += lanes) {
    const Block block = philox(key, high, first + k);
    for (std::size_t j = 0; j < 4; ++j) {
      const auto drop = hn::Lt(block.word[j], hn::Set(words, threshold));
      const auto mask = hn::IfThenZeroElse(hn::RebindMask(d, drop), hn::Set(d, kept));
      if (k + lanes <= blocks) {
        hn::StoreU(mask, d, out + j * blocks + k);
      } else {
        hn::StoreU(mask, d, part);
        std::copy_n(part, blocks - k, out + j * blocks + k);
      }
    }
  }
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(choose);

void keep_mask(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, std::size_t blocks,
               double drop, float kept, float* out) {
  const auto threshold = static_cast<std::uint32_t>(std::min(drop * 0x1p32, 0x1p32 - 1));
  HWY_DYNAMIC_DISPATCH(choose)(key, high, first, blocks, threshold, kept, out);
}

}  // namespace tsd::kernels
#endif
