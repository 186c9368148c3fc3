// Matrix-vector products that let a learning rule change the weights in the same pass over memory; included
// once per processor target. A rule sees the weights row by row: row(i) loads what depends on the row alone,
// and next(row, w, j, element) gives the weight after the step.
#if defined(TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL
#undef TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL
#else
#define TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL
#endif

#include "families/microcircuit/native/kernel_math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::microcircuit::HWY_NAMESPACE {

struct Frozen {
  using Row = int;
  HWY_INLINE Row row(std::size_t) const { return 0; }
};

// w + post_i pre_j
struct Hebbian {
  const double *post, *pre;
  using Row = V;
  HWY_INLINE Row row(std::size_t i) const { return load(post + i * hn::Lanes(D())); }
  HWY_INLINE V next(V post_i, V w, std::size_t j, std::size_t) const {
    return hn::MulAdd(post_i, load(pre + j * hn::Lanes(D())), w);
  }
};

// (1 - decay) w + post_i pre_j
struct Decaying {
  Hebbian hebbian;
  const double* decay;
  struct Row {
    V post_i, decay;
  };
  HWY_INLINE Row row(std::size_t i) const { return {hebbian.row(i), load(decay)}; }
  HWY_INLINE V next(const Row& row, V w, std::size_t j, std::size_t e) const {
    return hebbian.next(row.post_i, hn::NegMulAdd(row.decay, w, w), j, e);
  }
};

// (1 - p_i q_j) w + post_i pre_j
struct Regularized {
  Hebbian hebbian;
  const double *p, *q;
  struct Row {
    V post_i, p_i;
  };
  HWY_INLINE Row row(std::size_t i) const { return {hebbian.row(i), load(p + i * hn::Lanes(D()))}; }
  HWY_INLINE V next(const Row& row, V w, std::size_t j, std::size_t e) const {
    const V decay = hn::Mul(row.p_i, load(q + j * hn::Lanes(D())));
    return hebbian.next(row.post_i, hn::NegMulAdd(decay, w, w), j, e);
  }
};

// w + d, with the low-passed increment d <- d + k (post_i pre_j - d)
struct LowPassed {
  Hebbian hebbian;
  double* increment;
  const double* k;
  struct Row {
    V post_i, k;
  };
  HWY_INLINE Row row(std::size_t i) const { return {hebbian.row(i), load(k)}; }
  HWY_INLINE V next(const Row& row, V w, std::size_t j, std::size_t e) const {
    double* at = increment + e * hn::Lanes(D());
    const V d = load(at);
    const V filtered = hn::MulAdd(row.k, hebbian.next(row.post_i, hn::Neg(d), j, e), d);
    store(filtered, at);
    return hn::Add(w, filtered);
  }
};

enum class Into { place, sum };  // y = W x, y += W x

// The product uses the weights as they were. W [n][m], x [m], y [n]. Weights are read in the order they lie
// in, a stream that the processor fetches ahead; four partial sums per row hide the latency of the additions.
template <Into into, class Rule>
HWY_INLINE void product(const Slot& shape, double* W, const double* x, double* y, const Rule& rule) {
  const std::size_t L = hn::Lanes(D()), n = shape.rows, m = shape.columns;
  for (std::size_t i = 0, element = 0; i < n; ++i) {
    const auto row = rule.row(i);
    V sum[4] = {set(0), set(0), set(0), set(0)};
    const auto take = [&](std::size_t j, V& s) {
      const V w = load(W + element * L);
      s = hn::MulAdd(w, load(x + j * L), s);
      if constexpr (!std::is_same_v<Rule, Frozen>) store(rule.next(row, w, j, element), W + element * L);
      ++element;
    };
    std::size_t j = 0;
    for (; j + 4 <= m; j += 4)
      for (std::size_t k = 0; k < 4; ++k) take(j + k, sum[k]);
    for (; j < m; ++j) take(j, sum[0]);
    const V total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
    double* at = y + i * L;
    store(into == Into::sum ? hn::Add(load(at), total) : total, at);
  }
}

}  // namespace tsd::microcircuit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
