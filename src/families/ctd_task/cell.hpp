// The recurrent part of a model on rows (trials) of plain memory, step by step, forward and backward.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "families/ctd_task/model.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::ctd_task {

using nn::Buffer, nn::Form, nn::Matrix;

// A parameter, and its gradient where one is wanted.
struct Weight {
  Matrix value, gradient;
};

// The parameters by name; matrices over flat memory, vectors as one row.
class Parameters {
 public:
  Parameters(const Layout& layout, const float* values, float* gradients)
      : layout_(layout), values_(values), gradients_(gradients) {}
  Weight operator[](std::string_view name) const;

 private:
  const Layout& layout_;
  const float* values_;
  float* gradients_;
};

using Matrices = std::vector<Matrix>;

class Cell {
 public:
  virtual ~Cell() = default;
  virtual void bind(const Parameters& parameters) = 0;

  // Columns of the input's projection, of what the backward pass needs, and of its gradients: those of the
  // projection first.
  virtual int projection() const = 0;
  virtual std::vector<int> saved() const = 0;
  virtual std::vector<int> gradients() const = 0;
  // Noise that the model adds to the projection.
  virtual double projection_noise() const { return 0; }

  virtual void project(Matrix x, Matrix projected) const = 0;
  // One step from h [R, H] to g [R, H], before noise.
  virtual void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) = 0;
  // From dg to d [R, .], and to the gradient of h (overwritten).
  virtual void backward(Matrix h, const Matrices& saved, Matrix g, Matrix dg, const Matrices& d,
                        Matrix dh) = 0;
  // Gradient of x from that of the projection.
  virtual void input_gradient(Matrix d_projected, Matrix dx) const = 0;
  // Adds to the parameters' gradients, of many steps at once.
  virtual void accumulate(Matrix x, Matrix h, const Matrices& saved, const Matrices& d) = 0;
};

std::unique_ptr<Cell> make_cell(const ModelSpec& spec);

// to += sums over the rows of x
void add_column_sums(Matrix x, Matrix to, Buffer& scratch);
// Every row of x += row
void add_to_rows(Matrix row, Matrix x);

}  // namespace tsd::ctd_task
