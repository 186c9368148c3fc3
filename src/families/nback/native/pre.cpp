#include "families/nback/native/pre.hpp"

#include <algorithm>

#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/layer_norm.hpp"

namespace tsd::nback {
namespace {

constexpr float kEps = 1e-5f;
constexpr int kRowsPerThread = 8;

}  // namespace

PreStage::PreStage(const ParameterArrays& parameters)
    : from_e_(parameters["cognitive.pre.0.weight.e"]),
      from_task_(parameters["cognitive.pre.0.weight.task"]),
      bias_(parameters["cognitive.pre.0.bias"]),
      gamma_(parameters["cognitive.pre.1.weight"]),
      beta_(parameters["cognitive.pre.1.bias"]) {}

Matrix PreStage::forward(const BatchIndex& index, Matrix x, bool by_pair) {
  const int P = index.pair_task.members(), H = bias_.value.columns;
  x_ = x;
  by_pair_ = by_pair;
  const Matrix product = product_.matrix(x.rows, H);
  multiply(x, Form::plain, from_e_.value, Form::transposed, product);
  const Matrix table = table_.matrix(index.tasks.rows, H);
  multiply(index.tasks, Form::plain, from_task_.value, Form::plain, table);
  for (int i = 0; i < table.rows; ++i) kernels::add(H, bias_.value.data, table.row(i));

  x_hat_ = x_hat_buffer_.matrix(P, H);
  z_ = z_buffer_.matrix(P, H);
  reciprocal_std_.resize(P);
  parallel(P, kRowsPerThread, [&](int begin, int end) {
    for (int i = begin; i < end; ++i)
      reciprocal_std_[i] = kernels::layer_norm_relu_forward(H, product.row(by_pair ? i : index.pair_image[i]),
                                                            table.row(index.pair_task[i]), gamma_.value.data,
                                                            beta_.value.data, kEps, x_hat_.row(i), z_.row(i));
  });
  return z_;
}

Matrix PreStage::backward(const BatchIndex& index, Matrix dz) {
  const int H = z_.columns;
  const Matrix dx = dx_.matrix(z_.rows, H);
  std::fill_n(gamma_.gradient.data, H, 0.0f);
  std::fill_n(beta_.gradient.data, H, 0.0f);
  for (int i = 0; i < z_.rows; ++i)
    kernels::layer_norm_relu_backward(H, dz.row(i), z_.row(i), x_hat_.row(i), reciprocal_std_[i],
                                      gamma_.value.data, dx.row(i), gamma_.gradient.data,
                                      beta_.gradient.data);
  const Matrix by_task = index.pair_task.sum(dx, by_task_);
  multiply(index.tasks, Form::transposed, by_task, Form::plain, from_task_.gradient);
  kernels::column_sums(by_task.rows, H, by_task.data, bias_.gradient.data);

  const Matrix d_product = by_pair_ ? dx : index.pair_image.sum(dx, by_image_);
  multiply(d_product, Form::transposed, x_, Form::plain, from_e_.gradient);
  const Matrix gradient = input_gradient_.matrix(x_.rows, x_.columns);
  multiply(d_product, Form::plain, from_e_.value, Form::plain, gradient);
  return gradient;
}

}  // namespace tsd::nback
