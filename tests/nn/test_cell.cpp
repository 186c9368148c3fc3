// The cells of training and those of analyses say the same: one step of many rows, and its derivative.
#include "tsd/nn/cell.hpp"

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::nn {
namespace {

constexpr int H = 5, I = 2, W = 4, R = 3;

double wave(std::size_t k, double c) { return 0.5 * std::sin(1.7 * double(k) + c); }

DenseD waves(int rows, int columns, double c) {
  DenseD m(rows, columns);
  for (std::size_t k = 0; k < m.size(); ++k) m.values[k] = static_cast<float>(wave(k, c));
  return m;
}

// Both kinds of cell from the same numbers.
struct Twins {
  CellParameters analysed;
  Layout layout;
  std::vector<float> values;
  std::unique_ptr<Cell> trained;

  explicit Twins(CellType type) {
    analysed.type = type, analysed.clip = 0.4;
    if (type == CellType::node) {
      for (const auto& [out, in] : {std::pair{W, H + I}, {W, W}, {H, W}}) {
        const std::size_t k = analysed.layers.size();
        const DenseD weight = add("f." + std::to_string(2 * k) + ".weight", out, in);
        analysed.layers.push_back({weight, row("f." + std::to_string(2 * k) + ".bias", out)});
      }
      trained = node_cell(H, I, W, 3, "f.");
      return;
    }
    const int rows = type == CellType::gru || type == CellType::clipped_gru ? 3 * H : H;
    analysed.weight_ih = add("weight_ih", rows, I), analysed.weight_hh = add("weight_hh", rows, H);
    analysed.bias_ih = row("bias_ih", rows), analysed.bias_hh = row("bias_hh", rows);
    const CellNames names = cell_names("");
    trained = type == CellType::gru           ? gru_cell(H, names)
              : type == CellType::clipped_gru ? clipped_gru_cell(H, analysed.clip, names)
              : type == CellType::vanilla     ? vanilla_cell(H, names)
                                              : linear_cell(H, names);
  }

 private:
  DenseD add(const std::string& name, int rows, int columns) {
    const DenseD m = waves(rows, columns, double(name.size() + values.size()));
    layout.add(name, columns == 0 ? Shape{rows} : Shape{rows, columns});
    values.insert(values.end(), m.values.begin(), m.values.end());
    return m;
  }
  std::vector<double> row(const std::string& name, int n) {
    const DenseD m = waves(1, n, double(values.size()));
    layout.add(name, {n});
    values.insert(values.end(), m.values.begin(), m.values.end());
    return {m.values.begin(), m.values.end()};
  }
};

Matrix filled(Buffer& buffer, int rows, int columns, double c) {
  const Matrix m = buffer.matrix(rows, columns);
  for (std::size_t k = 0; k < m.size(); ++k) m.data[k] = static_cast<float>(wave(k, c));
  return m;
}

}  // namespace

TEST_CASE("cells: training and analyses take the same step, and pull the same vector back", "[cell]") {
  for (const CellType type :
       {CellType::gru, CellType::clipped_gru, CellType::vanilla, CellType::node, CellType::lds}) {
    CAPTURE(int(type));
    Twins twins(type);
    std::vector<float> gradients(twins.values.size());
    twins.trained->bind(Parameters(twins.layout, twins.values.data(), gradients.data()));
    Buffer of_x, of_h, of_dg, projected_, g_, dh_;
    const Matrix x = filled(of_x, R, I, 0.3), h = filled(of_h, R, H, 1.1), dg = filled(of_dg, R, H, 2.2),
                 projected = projected_.matrix(R, twins.trained->projection()), g = g_.matrix(R, H),
                 dh = dh_.zeros(R, H);
    std::vector<Buffer> saved_buffers(twins.trained->saved().size()),
        d_buffers(twins.trained->gradients().size());
    Matrices saved, d;
    for (std::size_t k = 0; k < saved_buffers.size(); ++k)
      saved.push_back(saved_buffers[k].matrix(R, twins.trained->saved()[k]));
    for (std::size_t k = 0; k < d_buffers.size(); ++k)
      d.push_back(d_buffers[k].matrix(R, twins.trained->gradients()[k]));
    twins.trained->project(x, projected);
    twins.trained->forward(projected, h, saved, g);
    twins.trained->backward(h, saved, g, dg, d, dh);

    const auto dynamics = make_dynamics<double>(twins.analysed);
    const DenseD state = waves(R, H, 1.1), v = waves(R, H, 2.2);
    DenseD next, gradient;
    Dynamics<double>::Tape tape;
    dynamics->step(dynamics->project(waves(R, I, 0.3)), state, next, tape);
    dynamics->pull_back(state, v, tape, gradient);
    for (std::size_t k = 0; k < g.size(); ++k) {
      CHECK(g.data[k] == Approx(next.values[k]).margin(5e-7));
      CHECK(dh.data[k] == Approx(gradient.values[k]).margin(5e-7));
    }
  }
}

}  // namespace tsd::nn
