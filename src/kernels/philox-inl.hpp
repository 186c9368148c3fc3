// Philox4x32-10 on lanes (Salmon et al. 2011); included once per processor target, inside foreach_target.
#if defined(TSD_KERNELS_PHILOX_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_KERNELS_PHILOX_INL
#undef TSD_KERNELS_PHILOX_INL
#else
#define TSD_KERNELS_PHILOX_INL
#endif

#include <hwy/highway.h>

#include <array>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace tsd::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

struct Block {
  W word[4];
};

// Of the counters (counter + lane, high).
HWY_INLINE Block philox(std::array<std::uint32_t, 2> key, std::uint64_t high, std::uint64_t counter) {
  const Words d;
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
  return {{c0, c1, c2, c3}};
}

}  // namespace tsd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
