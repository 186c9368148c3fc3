// Single-precision logarithm and sine of the Cephes library (Moshier 1992, netlib.org/cephes), in the order
// of operations and with the fused multiply-adds of PyTorch's AVX2 kernel, so that Gaussians agree to the
// last bit.
#pragma once
#include <cmath>

namespace tsd::cephes {

// x in (0, 1], normal.
inline float log(float x) {
  int exponent;
  float m = std::frexp(x, &exponent);  // [1/2, 1)
  if (m < 0.707106781186547524f) {
    --exponent;
    m += m;
  }
  m -= 1;  // [sqrt(1/2) - 1, sqrt(2) - 1)
  const float e = static_cast<float>(exponent), z = m * m;
  float y = 7.0376836292e-2f;
  for (float c : {-1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                  2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f})
    y = std::fma(y, m, c);
  y = std::fma(y * m, z, e * -2.12194440e-4f);
  y = std::fma(-z, 0.5f, y);
  return std::fma(e, 0.693359375f, m + y);  // ln 2 = 0.693359375 - 2.12194440e-4
}

struct SinCos {
  float sin, cos;
};

// x in [0, 8192): reduced to [-pi/4, pi/4] by pi/4 in three parts.
inline SinCos sincos(float x) {
  const int octant = (static_cast<int>(x * 1.27323954473516f) + 1) & ~1;
  const float n = static_cast<float>(octant);
  for (float part : {-0.78515625f, -2.4187564849853515625e-4f, -3.77489497744594108e-8f})
    x = std::fma(n, part, x);
  const float z = x * x;
  float c = 2.443315711809948e-5f;
  c = std::fma(c, z, -1.388731625493765e-3f);
  c = std::fma(c, z, 4.166664568298827e-2f) * z;
  c = std::fma(c, z, -(z * 0.5f)) + 1;
  float s = -1.9515295891e-4f;
  s = std::fma(s, z, 8.3321608736e-3f);
  s = std::fma(s, z, -1.6666654611e-1f) * z;
  s = std::fma(s, x, x);
  switch (octant & 6) {
    case 0:
      return {s, c};
    case 2:
      return {c, -s};
    case 4:
      return {-s, -c};
    default:
      return {-c, s};
  }
}

}  // namespace tsd::cephes
