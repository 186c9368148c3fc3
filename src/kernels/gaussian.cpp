#include "tsd/kernels/gaussian.hpp"

#include <algorithm>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gaussian.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {

using Words = hn::ScalableTag<std::uint32_t>;
using W = hn::Vec<Words>;

struct Product {
  W high, low;
};
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE Product multiply(W a, std::uint32_t factor) {
  const std::uint64_t product = std::uint64_t{hn::GetLane(a)} * factor;
  return {hn::Set(Words(), static_cast<std::uint32_t>(product >> 32)),
          hn::Set(Words(), static_cast<std::uint32_t>(product))};
}
#else
HWY_INLINE Product multiply(W a, std::uint32_t factor) {
  const Words d;
  const hn::Repartition<std::uint64_t, Words> wide;
  const W b = hn::Set(d, factor);
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), b);
  return {hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even))),
          hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even))};
}
#endif

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

void fill(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, int blocks, float scale,
          float* out) {
  const Words d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  HWY_ALIGN float parts[4][HWY_MAX_BYTES / sizeof(float)];
  for (int k = 0; k < blocks; k += lanes) {
    const auto counter = first + static_cast<std::uint64_t>(k);
    const W low = hn::Add(hn::Set(d, static_cast<std::uint32_t>(counter)), hn::Iota(d, 0));
    const W carry = hn::IfThenElseZero(hn::Lt(low, hn::Set(d, static_cast<std::uint32_t>(counter))),
                                       hn::Set(d, std::uint32_t{1}));
    W c0 = low, c1 = hn::Add(hn::Set(d, static_cast<std::uint32_t>(counter >> 32)), carry);
    W c2 = hn::Set(d, static_cast<std::uint32_t>(high)),
      c3 = hn::Set(d, static_cast<std::uint32_t>(high >> 32));
    std::uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
      const Product p0 = multiply(c0, 0xD2511F53u), p1 = multiply(c2, 0xCD9E8D57u);
      c0 = hn::Xor(hn::Xor(p1.high, c1), hn::Set(d, k0));
      c2 = hn::Xor(hn::Xor(p0.high, c3), hn::Set(d, k1));
      c1 = p1.low, c3 = p0.low;
    }
    if (k + lanes <= blocks) {
      float* to = out + k;
      transform(c0, c1, scale, to, to + blocks);
      transform(c2, c3, scale, to + 2 * blocks, to + 3 * blocks);
    } else {
      transform(c0, c1, scale, parts[0], parts[1]);
      transform(c2, c3, scale, parts[2], parts[3]);
      for (int j = 0; j < 4; ++j) std::copy_n(parts[j], blocks - k, out + j * blocks + k);
    }
  }
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tsd::kernels {

HWY_EXPORT(fill);

void gaussian(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t first, int blocks,
              float scale, float* out) {
  HWY_DYNAMIC_DISPATCH(fill)(key, high, first, blocks, scale, out);
}

}  // namespace tsd::kernels
#endif
