// Included once per processor target. Blocks of up to four vectors of neurons run through all frames
// together: their matrices stay in the nearest cache, and a presynaptic value is fetched once for all.
#if defined(TSD_PLASTIC_KERNEL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_PLASTIC_KERNEL_INL
#undef TSD_PLASTIC_KERNEL_INL
#else
#define TSD_PLASTIC_KERNEL_INL
#endif

#include <algorithm>

#include "families/plastic/native/kernel.hpp"
#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::plastic::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kRow>;
using V = hn::Vec<D>;

HWY_INLINE std::ptrdiff_t lanes() { return static_cast<std::ptrdiff_t>(hn::Lanes(D())); }
HWY_INLINE V load(const float* x) { return hn::LoadU(D(), x); }
HWY_INLINE void store(V value, float* x) { hn::StoreU(value, D(), x); }
HWY_INLINE V all(float x) { return hn::Set(D(), x); }

HWY_INLINE V phi_of(Phi phi, V a) {
  return phi == Phi::tanh ? kernels::HWY_NAMESPACE::tanh_of(D(), a)
                          : kernels::HWY_NAMESPACE::sigmoid_of(D(), a);
}
HWY_INLINE V slope_of(Phi phi, V h) {
  return phi == Phi::tanh ? hn::NegMulAdd(h, h, all(1)) : hn::NegMulAdd(h, h, h);
}

// to[0..3] += sums over lanes of rows 0..3, which are a vector each.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void add_row_sums(const float* rows, float* to) {
  for (int j = 0; j < 4; ++j) to[j] += rows[j];
}
#else
HWY_INLINE void add_row_sums(const float* rows, float* to) {
  const D d;
  const std::ptrdiff_t L = lanes();
  const V a = load(rows), b = load(rows + L), c = load(rows + 2 * L), e = load(rows + 3 * L);
  const V ac =
      hn::Add(hn::InterleaveLower(d, a, c), hn::InterleaveUpper(d, a, c));  // a0+a2 c0+c2 a1+a3 c1+c3
  const V be = hn::Add(hn::InterleaveLower(d, b, e), hn::InterleaveUpper(d, b, e));
  const V sums =
      hn::Add(hn::InterleaveLower(d, ac, be), hn::InterleaveUpper(d, ac, be));  // a b c e, per 128 bits
  HWY_ALIGN float parts[kRow];
  hn::Store(sums, d, parts);
  const hn::FixedTag<float, 4> four;
  auto total = hn::LoadU(four, to);
  for (int k = 0; k < L; k += 4) total = hn::Add(total, hn::Load(four, parts + k));
  hn::StoreU(total, four, to);
}
#endif

HWY_INLINE void add_sums(int m, const float* rows, float* to) {
  for (int j = 0; j < m; j += 4) add_row_sums(rows + j * lanes(), to + j);
}

template <int K>
void forward_block(const Stream& s, std::ptrdiff_t first, float* h, float* q) {
  const std::ptrdiff_t L = lanes(), width = K * L;
  float* Q = s.scratch;
  std::fill_n(Q, s.m * width, 0.0f);
  const V decay = all(s.decay);
  V last[K];
  for (int k = 0; k < K; ++k) last[k] = all(0);
  for (int t = 0; t < s.N; ++t) {
    const float* u = s.u + t * s.u_stride;
    const float* before = t > 0 ? u - s.u_stride : u;  // without effect at t = 0, where h is 0
    V sum[K];
    for (int k = 0; k < K; ++k) sum[k] = all(0);
    for (int j = 0; j < s.m; ++j) {
      const V uj = all(u[j]), before_j = all(before[j]);
      const float* E = s.E + j * s.stride + first;
      for (int k = 0; k < K; ++k) {
        float* at = Q + j * width + k * L;
        const V now = hn::MulAdd(load(E + k * L), hn::Mul(last[k], before_j), hn::Mul(decay, load(at)));
        store(now, at);
        sum[k] = hn::MulAdd(now, uj, sum[k]);
      }
    }
    for (int k = 0; k < K; ++k) {
      const std::ptrdiff_t at = t * s.stride + first + k * L;
      store(sum[k], q + at);
      last[k] = phi_of(s.phi, hn::Add(load(h + at), sum[k]));
      store(last[k], h + at);
    }
  }
}

// With G the gradient of Q: r = (E o G) u reaches h, h' (E o G) reaches u, G <- lambda G + g u'.
template <int K, bool kInputs>
void backward_block(const Stream& s, std::ptrdiff_t first, const float* h, float* g, float* hr, float* dE,
                    float* du) {
  const std::ptrdiff_t L = lanes(), width = K * L;
  float* G = s.scratch;
  float* rows = G + std::size_t(padded(s.m)) * kRow * 4;
  std::fill_n(G, s.m * width, 0.0f);
  std::fill_n(rows, padded(s.m) * L, 0.0f);
  const V decay = all(s.decay);
  V after[K];
  for (int k = 0; k < K; ++k) after[k] = all(0);
  for (int t = s.N - 1; t >= 0; --t) {
    const float* u = s.u + t * s.u_stride;
    const float* next = t + 1 < s.N ? u + s.u_stride : u;
    V r[K], ht[K];
    for (int k = 0; k < K; ++k) {
      r[k] = all(0);
      ht[k] = load(h + t * s.stride + first + k * L);
    }
    for (int j = 0; j < s.m; ++j) {
      const V uj = all(u[j]), next_j = all(next[j]);
      const std::ptrdiff_t row = j * s.stride + first;
      V input = all(0);
      for (int k = 0; k < K; ++k) {
        float* at = G + j * width + k * L;
        const V E = load(s.E + row + k * L), now = hn::MulAdd(after[k], next_j, hn::Mul(decay, load(at)));
        store(now, at);
        const V Gu = hn::Mul(now, uj);
        r[k] = hn::MulAdd(E, Gu, r[k]);
        store(hn::MulAdd(ht[k], Gu, load(dE + row + k * L)), dE + row + k * L);
        if constexpr (kInputs) input = hn::MulAdd(hn::Mul(ht[k], E), now, input);
      }
      if constexpr (kInputs) store(input, rows + j * L);
    }
    if constexpr (kInputs) add_sums(s.m, rows, du + t * s.u_stride);
    for (int k = 0; k < K; ++k) {
      const std::ptrdiff_t at = t * s.stride + first + k * L;
      after[k] = hn::Mul(hn::Add(load(g + at), r[k]), slope_of(s.phi, ht[k]));
      store(after[k], g + at);
      store(hn::Mul(ht[k], r[k]), hr + at);
    }
  }
}

// Here the lanes are presynaptic, so that nothing is summed over lanes.
template <int K>
void inputs_block(const Outputs& s, std::ptrdiff_t first, const float* h, const float* g, float* du) {
  const std::ptrdiff_t L = lanes(), width = K * L;
  float* Q = s.scratch;
  std::fill_n(Q, s.n * width, 0.0f);
  const V decay = all(s.decay);
  for (int t = 1; t < s.N; ++t) {  // Q(0) = 0
    const float* last = h + (t - 1) * s.stride;
    const float* gt = g + t * s.stride;
    const std::ptrdiff_t at_u = t * s.u_stride + first;
    V before[K], sum[K];
    for (int k = 0; k < K; ++k) {
      before[k] = load(s.u + at_u - s.u_stride + k * L);
      sum[k] = load(du + at_u + k * L);
    }
    for (int i = 0; i < s.n; ++i) {
      const V last_i = all(last[i]), g_i = all(gt[i]);
      const float* E = s.E + i * s.u_stride + first;
      for (int k = 0; k < K; ++k) {
        float* at = Q + i * width + k * L;
        const V now = hn::MulAdd(load(E + k * L), hn::Mul(last_i, before[k]), hn::Mul(decay, load(at)));
        store(now, at);
        sum[k] = hn::MulAdd(now, g_i, sum[k]);
      }
    }
    for (int k = 0; k < K; ++k) store(sum[k], du + at_u + k * L);
  }
}

// body(constant number of vectors, first of `columns`) over blocks that the nearest cache can hold three
// times, with `rows` rows.
template <class Body>
HWY_INLINE void for_blocks(int rows, std::ptrdiff_t columns, const Body& body) {
  constexpr int kFloats = 12 * 1024;  // 48 KiB
  const std::ptrdiff_t L = lanes();
  std::ptrdiff_t first = 0;
  if (4 * L * rows * 3 > kFloats)
    for (; columns - first >= 4 * L; first += 2 * L) body(std::integral_constant<int, 2>(), first);
  for (; columns - first >= 4 * L; first += 4 * L) body(std::integral_constant<int, 4>(), first);
  const auto left = (columns - first) / L;
  if (left == 3) body(std::integral_constant<int, 3>(), first);
  if (left == 2) body(std::integral_constant<int, 2>(), first);
  if (left == 1) body(std::integral_constant<int, 1>(), first);
}

// Tiles of kTile rows by two vectors of C.
template <int kTile, int kVectors>
HWY_INLINE void product_tile(const Product& p, int r, std::ptrdiff_t c) {
  const std::ptrdiff_t L = lanes();
  V sum[kTile][kVectors];
  for (int i = 0; i < kTile; ++i)
    for (int v = 0; v < kVectors; ++v) sum[i][v] = load(p.C + (r + i) * p.ldc + c + v * L);
  const float* A = p.A + r * p.a_row;
  const float* B = p.B + c;
  for (int k = 0; k < p.inner; ++k, A += p.a_inner, B += p.ldb) {
    V b[kVectors];
    for (int v = 0; v < kVectors; ++v) b[v] = load(B + v * L);
    for (int i = 0; i < kTile; ++i) {
      const V a = all(A[i * p.a_row]);
      for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::MulAdd(a, b[v], sum[i][v]);
    }
  }
  for (int i = 0; i < kTile; ++i)
    for (int v = 0; v < kVectors; ++v) store(sum[i][v], p.C + (r + i) * p.ldc + c + v * L);
}

template <int kVectors>
HWY_INLINE void product_columns(const Product& p, std::ptrdiff_t c) {
  int r = 0;
  for (; r + 4 <= p.rows; r += 4) product_tile<4, kVectors>(p, r, c);
  for (; r < p.rows; ++r) product_tile<1, kVectors>(p, r, c);
}

}  // namespace tsd::plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
