#include "families/nback/native/linear.hpp"

#include "tsd/kernels/elementwise.hpp"

namespace tsd::nback {
namespace {

constexpr int kRowsPerThread = 16;

}  // namespace

Matrix LinearStage::forward(Matrix x, Buffer& buffer) const {
  const Matrix y = buffer.matrix(x.rows, outputs());
  multiply(x, Form::plain, weight_.value, Form::transposed, y);
  parallel(y.rows, kRowsPerThread, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) kernels::add(y.columns, bias_.value.data, y.row(i));
  });
  return y;
}

Matrix LinearStage::forward_relu(Matrix x, Buffer& buffer) const {
  const Matrix y = forward(x, buffer);
  kernels::relu(y.size(), y.data);
  return y;
}

void LinearStage::backward(Matrix x, Matrix dy) const {
  multiply(dy, Form::transposed, x, Form::plain, weight_.gradient);
  kernels::column_sums(dy.rows, dy.columns, dy.data, bias_.gradient.data);
}

Matrix LinearStage::input_gradient(Matrix dy, Buffer& buffer) const {
  const Matrix dx = buffer.matrix(dy.rows, weight_.value.columns);
  multiply(dy, Form::plain, weight_.value, Form::plain, dx);
  return dx;
}

void relu_backward(Matrix y, Matrix dy) { kernels::relu_backward(y.size(), y.data, dy.data); }

}  // namespace tsd::nback
