#include "families/nback/native/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tsd/error.hpp"
#include "tsd/kernels/adamw.hpp"
#include "tsd/kernels/elementwise.hpp"
#include "tsd/train/trainee.hpp"

namespace tsd::nback {
namespace {

constexpr int kBlock = 1 << 14;  // floats of one task: 64 KiB, small beside a second-level cache

int blocks(const Matrix& array) { return static_cast<int>((array.size() + kBlock - 1) / kBlock); }

}  // namespace

ParameterArrays::ParameterArrays(const ModelSpec& spec) : parameters_(parameters(spec)) {
  std::size_t total = 0;
  const auto add = [&](std::string name, int parameter, int first_column, int columns, int rows,
                       bool transposed) {
    parts_.push_back({std::move(name), total, parameter, first_column, columns, rows, transposed});
    constexpr std::size_t line = 16;  // floats in 64 bytes
    total += (static_cast<std::size_t>(rows) * columns + line - 1) / line * line;
  };
  for (int i = 0; i < static_cast<int>(parameters_.size()); ++i) {
    const auto& [name, shape, bound, constant] = parameters_[i];
    const int rows = shape.size() == 1 ? 1 : static_cast<int>(shape[0]);
    const int columns = static_cast<int>(count(shape) / rows);
    if (name == "cognitive.pre.0.weight") {
      add(name + ".e", i, 0, spec.H, rows, false);
      add(name + ".task", i, spec.H, spec.task_inputs(), rows, true);
    } else {
      add(name, i, 0, columns, rows, name.find("weight_hh") != std::string::npos);
    }
  }
  Matrix* arrays[] = {&value_, &gradient_, &first_, &second_};
  for (int i = 0; i < 4; ++i) *arrays[i] = buffers_[i].zeros(1, static_cast<int>(total));
}

Matrix ParameterArrays::part_of(const Matrix& array, const Part& part) const {
  return part.transposed ? Matrix{array.data + part.offset, part.columns, part.rows}
                         : Matrix{array.data + part.offset, part.rows, part.columns};
}

Weight ParameterArrays::operator[](std::string_view name) const {
  for (const Part& part : parts_)
    if (part.name == name) return {part_of(value_, part), part_of(gradient_, part)};
  throw std::logic_error("no parameter " + std::string(name));
}

Arrays ParameterArrays::save(Which which, std::string_view prefix) const {
  const Matrix& source = which == Which::value ? value_ : which == Which::first_moment ? first_ : second_;
  Arrays saved;
  for (const Parameter& parameter : parameters_)
    saved.push_back(make_array<float>(std::string(prefix) + parameter.name,
                                      std::vector<float>(count(parameter.shape)), parameter.shape));
  for (const Part& part : parts_) {
    const auto out = saved[part.parameter].as<float>();
    const Matrix in = part_of(source, part);
    const std::size_t width = out.size() / part.rows;
    for (int i = 0; i < part.rows; ++i)
      for (int j = 0; j < part.columns; ++j)
        out[i * width + part.first_column + j] = part.transposed ? in.row(j)[i] : in.row(i)[j];
  }
  return saved;
}

void ParameterArrays::load(Which which, const std::vector<const Array*>& arrays) {
  const Matrix& target = which == Which::value ? value_ : which == Which::first_moment ? first_ : second_;
  for (const Part& part : parts_) {
    const auto in = arrays[part.parameter]->as<float>();
    const Matrix out = part_of(target, part);
    const std::size_t width = in.size() / part.rows;
    for (int i = 0; i < part.rows; ++i)
      for (int j = 0; j < part.columns; ++j)
        (part.transposed ? out.row(j)[i] : out.row(i)[j]) = in[i * width + part.first_column + j];
  }
}

void ParameterArrays::check_gradients() const {
  for (const Part& part : parts_) {
    const Matrix gradient = part_of(gradient_, part);
    if (!std::all_of(gradient.data, gradient.data + gradient.size(),
                     [](float g) { return std::isfinite(g); }))
      throw NumericError("gradient of " + parameters_[part.parameter].name + " is not finite");
  }
}

double ParameterArrays::update(const UpdateSpec& update) {
  const int tasks = blocks(gradient_);
  const auto length = [&](int task) {
    return std::min<std::size_t>(kBlock, gradient_.size() - task * std::size_t{kBlock});
  };
  std::vector<double> squares(tasks);  // by block: the sum does not depend on the number of threads
  parallel(tasks, 1, [&](int begin, int end) {
    for (int task = begin; task < end; ++task)
      squares[task] = kernels::sum_of_squares(length(task), gradient_.data + task * std::size_t{kBlock});
  });
  double sum = 0;
  for (double square : squares) sum += square;
  if (!std::isfinite(sum)) check_gradients();
  const double norm = std::sqrt(sum);
  const double scale = train::clip_scale(norm, update.grad_clip);
  ++steps;
  kernels::AdamW options;
  options.lr = update.lr;
  options.weight_decay = update.weight_decay;
  parallel(tasks, 1, [&](int begin, int end) {
    for (int task = begin; task < end; ++task) {
      const std::size_t at = task * std::size_t{kBlock};
      kernels::adamw(options, steps, static_cast<float>(scale), length(task), gradient_.data + at,
                     value_.data + at, first_.data + at, second_.data + at);
    }
  });
  return norm;
}

}  // namespace tsd::nback
