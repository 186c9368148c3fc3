// Matrix-vector products that let a learning rule change the weights in the same pass over memory; included
// once per processor target. A rule sees the weights row by row: row(i) loads what depends on the row alone,
// and next(row, w, j, element) gives the weight after the step.
#if defined(TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL
#undef TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL
#else
#define TSD_MICROCIRCUIT_KERNEL_PRODUCT_INL
#endif

#include "families/microcircuit/kernel_math-inl.hpp"

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
  double decay;
  using Row = V;
  HWY_INLINE Row row(std::size_t i) const { return hebbian.row(i); }
  HWY_INLINE V next(V post_i, V w, std::size_t j, std::size_t e) const {
    return hebbian.next(post_i, hn::NegMulAdd(set(decay), w, w), j, e);
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
  double k;
  using Row = V;
  HWY_INLINE Row row(std::size_t i) const { return hebbian.row(i); }
  HWY_INLINE V next(V post_i, V w, std::size_t j, std::size_t e) const {
    double* at = increment + e * hn::Lanes(D());
    const V d = load(at);
    const V filtered = hn::MulAdd(set(k), hebbian.next(post_i, hn::Neg(d), j, e), d);
    store(filtered, at);
    return hn::Add(w, filtered);
  }
};

enum class Into { place, sum };  // y = W x, y += W x

template <std::size_t kRows, Into into, class Rule>
HWY_INLINE void product_rows(std::size_t i, std::size_t m, double* W, const double* x, double* y,
                             const Rule& rule) {
  const std::size_t L = hn::Lanes(D());
  V sum[kRows];
  typename Rule::Row row[kRows];
  for (std::size_t r = 0; r < kRows; ++r) sum[r] = set(0), row[r] = rule.row(i + r);
  for (std::size_t j = 0; j < m; ++j) {
    const V x_j = load(x + j * L);
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::size_t element = (i + r) * m + j;
      const V w = load(W + element * L);
      sum[r] = hn::MulAdd(w, x_j, sum[r]);
      if constexpr (!std::is_same_v<Rule, Frozen>) store(rule.next(row[r], w, j, element), W + element * L);
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    double* at = y + (i + r) * L;
    store(into == Into::sum ? hn::Add(load(at), sum[r]) : sum[r], at);
  }
}

// The product uses the weights as they were. W [n][m], x [m], y [n].
template <Into into, class Rule>
HWY_INLINE void product(const Slot& shape, double* W, const double* x, double* y, const Rule& rule) {
  std::size_t i = 0;
  for (; i + 4 <= shape.rows; i += 4) product_rows<4, into>(i, shape.columns, W, x, y, rule);
  for (; i < shape.rows; ++i) product_rows<1, into>(i, shape.columns, W, x, y, rule);
}

}  // namespace tsd::microcircuit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
