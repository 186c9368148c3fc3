#include "tsd/kernels/gaussian.hpp"

#include <algorithm>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gaussian.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"
#include "kernels/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

// Numbers from two words: radius from the first, angle from the second.
HWY_INLINE void transform(W radius_word, W angle_word, float scale, float* first, float* second) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> integers;
  const auto fraction = [&](W word) {  // [0, 2^24)
    return hn::ConvertTo(d, hn::BitCast(integers, hn::ShiftRight<8>(word)));
  };
  const auto u = hn::Mul(hn::Add(fraction(radius_word), hn::Set(d, 0.5f)), hn::Set(d, 0x1p-24f));
  const auto radius = hn::Mul(hn::Set(d, scale), hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), hn::Log(d, u))));
  const auto angle =
      hn::Mul(fraction(angle_word), hn::Set(d, static_cast<float>(2 * std::numbers::pi * 0x1p-24)));
  hn::StoreU(hn::Mul(radius, hn::Cos(d, angle)), d, first);
  hn::StoreU(hn::Mul(radius, hn::Sin(d, angle)), d, second);
}

void fill(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, std::size_t blocks,
          float scale, float* out) {
  const Words d;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN float parts[4][HWY_MAX_BYTES / sizeof(float)];
  for (std::size_t k = 0; k < blocks; k += lanes) {
    const Block block = philox(key, high, first + k);
    const W c0 = block.word[0], c1 = block.word[1], c2 = block.word[2], c3 = block.word[3];
    if (k + lanes <= blocks) {
      float* to = out + k;
      transform(c0, c1, scale, to, to + blocks);
      transform(c2, c3, scale, to + 2 * blocks, to + 3 * blocks);
    } else {
      transform(c0, c1, scale, parts[0], parts[1]);
      transform(c2, c3, scale, parts[2], parts[3]);
      for (std::size_t j = 0; j < 4; ++j) std::copy_n(parts[j], blocks - k, out + j * blocks + k);
    }
  }
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(fill);

void gaussian(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, std::size_t blocks,
              float scale, float* out) {
  HWY_DYNAMIC_DISPATCH(fill)(key, high, first, blocks, scale, out);
}

}  // namespace tsd::kernels
#endif
