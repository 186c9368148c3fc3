// What native kernels stand on: aligned memory, matrices over it, LibTorch's BLAS and its threads,
// without LibTorch in sight. All matrices are row-major, rows without gaps, float32.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace tsd::math {

struct Matrix {
  float* data = nullptr;
  int rows = 0, columns = 0;

  float* row(int i) const { return data + static_cast<std::size_t>(i) * columns; }
  std::size_t size() const { return static_cast<std::size_t>(rows) * columns; }
  Matrix slice(int first, int count) const { return {row(first), count, columns}; }
};

// Memory on a 64-byte boundary that grows and is reused: BLAS may round differently at another alignment.
class Buffer {
 public:
  Matrix matrix(int rows, int columns);  // contents undefined
  Matrix zeros(int rows, int columns);

 private:
  struct Free {
    void operator()(float* memory) const;
  };
  std::unique_ptr<float, Free> memory_;
  std::size_t capacity_ = 0;
};

enum class Form { plain, transposed };

// c = a b, or c += a b, with a and b as they are or transposed.
void multiply(Matrix a, Form form_a, Matrix b, Form form_b, Matrix c);
void multiply_add(Matrix a, Form form_a, Matrix b, Form form_b, Matrix c);

// Threads of products and loops started from here; LibTorch's own setting of the calling thread.
void use_threads(int threads);
// body(begin, end) over contiguous parts of 0..n, at least `grain` long, one part to a thread.
void parallel(int n, int grain, const std::function<void(int, int)>& body);

}  // namespace tsd::math
