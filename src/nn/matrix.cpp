#include "tsd/nn/matrix.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>

namespace tsd::nn {
namespace {

at::Tensor tensor(Matrix m, Form form = Form::plain) {
  if (form == Form::plain) return at::from_blob(m.data, {m.rows, m.columns}, at::kFloat);
  return at::from_blob(m.data, {m.columns, m.rows}, {1, m.columns}, at::kFloat);
}

}  // namespace

void multiply(Matrix a, Form form_a, Matrix b, Form form_b, Matrix c) {
  auto out = tensor(c);
  at::mm_out(out, tensor(a, form_a), tensor(b, form_b));
}

void multiply_add(Matrix a, Form form_a, Matrix b, Form form_b, Matrix c) {
  auto out = tensor(c);
  at::addmm_out(out, out, tensor(a, form_a), tensor(b, form_b));
}

void use_threads(int threads) {
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

void parallel(int n, int grain, const std::function<void(int, int)>& body) {
  at::parallel_for(0, n, grain, [&](std::int64_t begin, std::int64_t end) {
    body(static_cast<int>(begin), static_cast<int>(end));
  });
}

}  // namespace tsd::nn
