// Element-wise operations and sums on float32 arrays. A NaN that goes in comes out.
#pragma once
#include <cstddef>

namespace tsd::kernels {

void add(std::size_t n, const float* x, float* y);                           // y += x
void add(std::size_t n, const float* a, const float* b, float* y);           // y = a + b
void multiply(std::size_t n, const float* x, float* y);                      // y *= x
void multiply(std::size_t n, const float* a, const float* b, float* y);      // y = a b
void multiply_add(std::size_t n, const float* a, const float* b, float* y);  // y += a b
void relu(std::size_t n, float* x);                                          // x = max(x, 0)
void relu_backward(std::size_t n, const float* y, float* dy);                // dy = 0 where y <= 0
void exponential(std::size_t n, const float* x, float* y);                   // y = exp(x), x up to 87
void sigmoid(std::size_t n, float* x);                                       // x = 1 / (1 + exp(-x))
void sigmoid_backward(std::size_t n, const float* y, float* dy);             // dy *= y (1 - y)
void tanh(std::size_t n, float* x);                                          // x = tanh(x)
void tanh_backward(std::size_t n, const float* y, float* dy);                // dy *= 1 - y^2

// sums[j] = sum over rows of x[i, j]
void column_sums(std::size_t rows, std::size_t columns, const float* x, float* sums);

// Sum of squares in double precision, the same for any alignment.
double sum_of_squares(std::size_t n, const float* x);

}  // namespace tsd::kernels
