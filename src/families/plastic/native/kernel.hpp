// Vector kernels of plastic layers. Arrays over neurons have rows of `stride` floats, a multiple of kRow, of
// which those past the last neuron stay without effect; matrices are [presynaptic, postsynaptic].
//
// A multiplicative layer is an additive one with Q = W o P, whose rates are W o eta: a = W u + Q u + b,
// Q(t+1) = lambda Q(t) + E o (h u'), with E = eta or W o eta. So there is one kernel for both.
#pragma once
#include <cstddef>

#include "families/plastic/model/network.hpp"

namespace tsd::plastic {

inline constexpr int kRow = 16;  // floats
constexpr int padded(int n) { return (n + kRow - 1) / kRow * kRow; }

// C[r, c] += sum over k of A[r, k] B[k, c]; A at A + r a_row + k a_inner, columns a multiple of kRow.
struct Product {
  int rows = 0, inner = 0, columns = 0;
  const float* A = nullptr;
  std::ptrdiff_t a_row = 0, a_inner = 0;
  const float* B = nullptr;
  std::ptrdiff_t ldb = 0;
  float* C = nullptr;
  std::ptrdiff_t ldc = 0;
};
void add_product(const Product& product);

// What a layer with plastic weights sees over N frames.
struct Stream {
  int N = 0, m = 0;
  std::ptrdiff_t stride = 0;  // of arrays over the layer's neurons
  const float* u = nullptr;  // [N, u_stride], presynaptic; zeros or rows of zero weight up to a multiple of 4
  std::ptrdiff_t u_stride = 0;
  const float* E = nullptr;  // [m to a multiple of 4, stride]
  float decay = 0;
  Phi phi = Phi::tanh;
  float* scratch = nullptr;  // scratch_size(m) floats
};
constexpr std::size_t scratch_size(int m) { return static_cast<std::size_t>(padded(m)) * kRow * 5; }

// h: in, W u + b; out, activity. q: Q u.
void plastic_forward(const Stream& stream, float* h, float* q);
// g: in, the gradient of h from above; out, of a. hr: h times the part of the gradient of h that came through
// Q. dE: added to. du [N, u_stride]: null, or the part through the change of Q is added.
void plastic_backward(const Stream& stream, const float* h, float* g, float* hr, float* dE, float* du);
// The same layer from the side of its inputs: E is transposed, [n, u_stride].
struct Outputs {
  int N = 0, n = 0;
  std::ptrdiff_t stride = 0;
  const float* u = nullptr;
  std::ptrdiff_t u_stride = 0;  // a multiple of kRow
  const float* E = nullptr;
  float decay = 0;
  float* scratch = nullptr;  // scratch_size(n) floats
};
// du += Q' g, Q being built up again.
void plastic_inputs(const Outputs& outputs, const float* h, const float* g, float* du);

// Q of one frame (plastic.md 3.5): a(t) = W u(t) + b + h(t-1) o z(t), z(t) = E (u(t-1) o u(t)).
void gated_forward(int N, std::ptrdiff_t stride, Phi phi, const float* z, float* h);
// g as in plastic_backward; dz: gradient of z.
void gated_backward(int N, std::ptrdiff_t stride, Phi phi, const float* z, const float* h, float* g,
                    float* dz);

void activate(Phi phi, std::size_t size, float* a);                           // a = phi(a)
void activate_backward(Phi phi, std::size_t size, const float* h, float* g);  // g *= phi'

}  // namespace tsd::plastic
