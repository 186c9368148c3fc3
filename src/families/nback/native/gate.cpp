#include "families/nback/native/gate.hpp"

#include "tsd/kernels/elementwise.hpp"

namespace tsd::nback {
namespace {

std::string first_layer(const ModelSpec& spec) {
  return spec.attention == Attention::dual ? "attention.task_proj.0" : "attention.gate_network.0";
}

// PyTorch numbers ReLU and Dropout too.
std::string hidden_layer(const ModelSpec& spec) {
  return spec.attention == Attention::dual ? "attention.gate_network.0" : "attention.gate_network.3";
}

std::string last_layer(const ModelSpec& spec) {
  return spec.attention == Attention::dual ? "attention.gate_network.3" : "attention.gate_network.6";
}

}  // namespace

GateStage::GateStage(const ModelSpec& spec, const ParameterArrays& parameters)
    : dual_(spec.attention == Attention::dual),
      from_task_(parameters, first_layer(spec)),
      hidden_(parameters, hidden_layer(spec)),
      out_(parameters, last_layer(spec)) {
  if (dual_)
    from_image_.emplace(parameters, "attention.feature_proj.0");
  else
    task_bias_ = parameters["attention.task_bias"];
}

void GateStage::apply_mask(const DropoutMasks& masks, std::size_t which, Matrix x) const {
  if (!masks.gate.empty()) kernels::multiply(x.size(), masks.gate[which].data(), x.data);
}

Matrix GateStage::forward(const BatchIndex& index, Matrix e, const DropoutMasks& masks) {
  task_ = from_task_.forward_relu(index.tasks, task_buffer_);
  if (dual_) {
    image_ = from_image_->forward_relu(e, image_buffer_);
    const Matrix q = index.pair_task.gather(task_, task_pairs_),
                 k = index.pair_image.gather(image_, image_pairs_);
    x_ = x_buffer_.matrix(q.rows, q.columns);
    kernels::multiply(x_.size(), q.data, k.data, x_.data);
  } else if (masks.gate.empty()) {
    x_ = task_;  // one row per task, all the way
  } else {
    const Matrix by_pair = index.pair_task.gather(task_, task_pairs_);
    x_ = x_buffer_.matrix(by_pair.rows, by_pair.columns);
    kernels::multiply(x_.size(), by_pair.data, masks.gate[0].data(), x_.data);
  }
  gate_row_ = x_.data == task_.data ? &index.pair_task : nullptr;
  y_ = hidden_.forward_relu(x_, y_buffer_);
  apply_mask(masks, dual_ ? 0 : 1, y_);
  gates_ = out_.forward(y_, gate_buffer_);
  if (!dual_) {
    const Matrix by_task = bias_buffer_.matrix(index.tasks.rows, gates_.columns);
    multiply(index.tasks, Form::plain, task_bias_.value, Form::plain, by_task);
    for (int i = 0; i < gates_.rows; ++i)
      kernels::add(gates_.columns, by_task.row(gate_row_ ? i : index.pair_task[i]), gates_.row(i));
  }
  kernels::sigmoid(gates_.size(), gates_.data);
  return gate_row_ ? gate_row_->gather(gates_, pair_buffer_) : gates_;
}

void GateStage::backward(const BatchIndex& index, Matrix e, Matrix d_gates, const DropoutMasks& masks,
                         Matrix de) {
  Matrix ds = gate_row_ ? gate_row_->sum(d_gates, sum_buffer_) : d_gates;
  kernels::sigmoid_backward(ds.size(), gates_.data, ds.data);
  if (!dual_) {
    const Matrix by_task = gate_row_ ? ds : index.pair_task.sum(ds, bias_buffer_);
    multiply(index.tasks, Form::transposed, by_task, Form::plain, task_bias_.gradient);
  }
  out_.backward(y_, ds);
  const Matrix dy = out_.input_gradient(ds, dy_buffer_);
  apply_mask(masks, dual_ ? 0 : 1, dy);
  relu_backward(y_, dy);
  hidden_.backward(x_, dy);
  const Matrix dx = hidden_.input_gradient(dy, dx_buffer_);

  Matrix d_task = dx;
  if (dual_) {
    const Matrix q = index.pair_task.gather(task_, task_pairs_),
                 k = index.pair_image.gather(image_, image_pairs_);
    const Matrix dk = product_buffer_.matrix(dx.rows, dx.columns);
    kernels::multiply(dk.size(), dx.data, q.data, dk.data);
    const Matrix d_image = index.pair_image.sum(dk, dimage_buffer_);
    relu_backward(image_, d_image);
    from_image_->backward(e, d_image);
    const Matrix through = from_image_->input_gradient(d_image, de_buffer_);
    kernels::add(de.size(), through.data, de.data);
    kernels::multiply(dx.size(), k.data, dx.data);
    d_task = index.pair_task.sum(dx, dtask_buffer_);
  } else if (!gate_row_) {
    apply_mask(masks, 0, dx);
    d_task = index.pair_task.sum(dx, dtask_buffer_);
  }
  relu_backward(task_, d_task);
  from_task_.backward(index.tasks, d_task);
}

}  // namespace tsd::nback
