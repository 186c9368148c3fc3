// The recurrent part of a model on rows (trials) of plain memory, step by step, forward and backward.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tsd/nn/layout.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nn {

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

// Of a cell with two affine maps.
struct CellNames {
  std::string weight_ih, weight_hh, bias_ih, bias_hh;
};
// prefix "cell.", suffix "" for cells; suffix "_l0", "_l0_reverse" for layers.
CellNames cell_names(const std::string& prefix, const std::string& suffix = "");

// torch.nn.GRUCell: reset gate on the recurrent product, blocks r, z, n.
std::unique_ptr<Cell> gru_cell(int H, const CellNames& names);
// torch.nn.RNNCell: tanh of the sum of both maps.
std::unique_ptr<Cell> vanilla_cell(int H, const CellNames& names);
// The sum itself.
std::unique_ptr<Cell> linear_cell(int H, const CellNames& names);
// The GRU of LFADS (ctd_data.md 3.2): reset gate before the recurrent product, blocks z, r, n, state
// within [-clip, clip]. bias_hh gets no gradient.
std::unique_ptr<Cell> clipped_gru_cell(int H, double clip, const CellNames& names);
// g = h + 0.1 f([h, x]), f a multilayer network of ReLUs: layer k of `layers` is <prefix><2 k>.
std::unique_ptr<Cell> node_cell(int H, int I, int hidden, int layers, const std::string& prefix);

// to += sums over the rows of x
void add_column_sums(Matrix x, Matrix to, Buffer& scratch);
// Every row of x += row
void add_to_rows(Matrix row, Matrix x);

}  // namespace tsd::nn
