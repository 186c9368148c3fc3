// Cells against the numbers of ctd_data.md 11.1 (NumPy in double precision), and their derivatives
// against finite differences.
#include "tsd/nn/dynamics.hpp"

#include <cmath>

#include "support/catch.hpp"

namespace tsd::nn {
namespace {

// The fill of these numbers: 0.5 sin(1.7 k + c), k the row-major index.
DenseD filled(int rows, int columns, double c) {
  DenseD m(rows, columns);
  for (std::size_t k = 0; k < m.size(); ++k) m.values[k] = 0.5 * std::sin(1.7 * double(k) + c);
  return m;
}
std::vector<double> filled(int n, double c) {
  const DenseD m = filled(n, 1, c);
  return {m.values.begin(), m.values.end()};
}

CellParameters filled_cell(CellType type) {
  CellParameters p;
  p.type = type;
  if (type == CellType::node) {
    p.layers = {{filled(4, 5, 0.1), filled(4, 0.2)},
                {filled(4, 4, 0.3), filled(4, 0.4)},
                {filled(3, 4, 0.5), filled(3, 0.6)}};
    return p;
  }
  const int rows = type == CellType::gru || type == CellType::clipped_gru ? 9 : 3;
  p.weight_ih = filled(rows, 2, 0.1), p.weight_hh = filled(rows, 3, 0.2);
  p.bias_ih = filled(rows, 0.3), p.bias_hh = filled(rows, 0.4);
  if (type == CellType::clipped_gru) p.bias_hh.assign(9, 0);
  return p;
}

template <class T>
Dense<T> matrix(int columns, std::vector<T> values) {
  Dense<T> m(static_cast<int>(values.size()) / columns, columns);
  std::copy(values.begin(), values.end(), m.data());
  return m;
}

struct Known {
  const char* name;
  CellType type;
  std::vector<double> next, jacobian;  // where ctd_data.md 11.1 gives one
};

const std::vector<Known>& known() {
  static const std::vector<Known> all = {
      {"gru",
       CellType::gru,
       {-0.170926033, -0.357447540, 0.867106905},
       {0.344515449, -0.012669774, 0.054360134, -0.146395264, 0.628309657, 0.147465286, -0.013943824,
        -0.031935837, 0.517737421}},
      {"clipped_gru",
       CellType::clipped_gru,
       {-0.094935891, -0.371769475, 0.834144433},
       {0.287894524, 0.207609918, 0.023844309, -0.049664472, 0.690157775, 0.042266036, -0.014253752,
        -0.057667990, 0.524862448}},
      {"vanilla", CellType::vanilla, {-0.338085761, 0.841577786, -0.299809374}, {}},
      {"lds", CellType::lds, {-0.351929668, 1.226557132, -0.309310138}, {}},
      {"node",
       CellType::node,
       {0.250878543, -0.342056493, 0.875433912},
       {1.020216486, -0.008123655, -0.018123110, 0.019313914, 0.990769663, -0.016935357, 0.013366450,
        -0.007926010, 0.988675996}}};
  return all;
}

template <class T>
struct Step {
  std::unique_ptr<Dynamics<T>> dynamics;
  Dense<T> h, projected, next;
  typename Dynamics<T>::Tape tape;

  Step(const CellParameters& p, const Dense<T>& x, const Dense<T>& from)
      : dynamics(make_dynamics<T>(p)), h(from), projected(dynamics->project(x)) {
    dynamics->step(projected, h, next, tape);
  }
};

const DenseD kInput = matrix<double>(2, {0.3, -0.7}), kState = matrix<double>(3, {0.2, -0.4, 0.9});

}  // namespace

TEST_CASE("cells: a step and its Jacobian are those of the reference", "[dynamics]") {
  for (const Known& cell : known()) {
    CAPTURE(cell.name);
    const Step<double> step(filled_cell(cell.type), kInput, kState);
    for (int i = 0; i < 3; ++i) CHECK(step.next(0, i) == Approx(cell.next[std::size_t(i)]).margin(1e-9));
    const DenseD J = step.dynamics->jacobian(step.h, 0, step.tape);
    for (std::size_t k = 0; k < cell.jacobian.size(); ++k)
      CHECK(J.values[k] == Approx(cell.jacobian[k]).margin(1e-9));
  }
}

TEST_CASE("cells: the next step of the GRU goes on from the first", "[dynamics]") {
  const Step<double> first(filled_cell(CellType::gru), kInput, kState);
  const Step<double> second(filled_cell(CellType::gru), kInput, first.next);
  const std::vector<double> expected = {-0.294675020, -0.274690413, 0.854571278};
  for (int i = 0; i < 3; ++i) CHECK(second.next(0, i) == Approx(expected[std::size_t(i)]).margin(1e-9));
}

TEST_CASE("cells: q of the GRU and its gradient by a pull-back", "[dynamics]") {
  Step<double> step(filled_cell(CellType::gru), kInput, kState);
  DenseD residual = step.next, gradient;
  double q = 0;
  for (int i = 0; i < 3; ++i) residual(0, i) -= kState(0, i), q += residual(0, i) * residual(0, i) / 2;
  CHECK(q == Approx(0.0702393949).margin(1e-9));
  step.dynamics->pull_back(step.h, residual, step.tape, gradient);
  const std::vector<double> expected = {0.237365461, -0.010066321, 0.001974531};
  for (int i = 0; i < 3; ++i)
    CHECK(gradient(0, i) - residual(0, i) == Approx(expected[std::size_t(i)]).margin(1e-9));
}

TEST_CASE("cells: Jacobians are central differences, pull-backs their transposes", "[dynamics]") {
  const DenseD x = matrix<double>(2, {0.3, -0.7, -1.1, 0.4}),
               v = matrix<double>(3, {1, -2, 0.5, 0.3, 0.7, -1});
  const DenseD h = matrix<double>(3, {0.2, -0.4, 0.9, -1.3, 0.8, 0.1});
  for (const Known& cell : known()) {
    CAPTURE(cell.name);
    CellParameters p = filled_cell(cell.type);
    p.clip = 0.85;  // holds back one unit of the first row
    Step<double> step(p, x, h);
    DenseD gradient;
    step.dynamics->pull_back(step.h, v, step.tape, gradient);
    for (int row = 0; row < 2; ++row) {
      const DenseD J = step.dynamics->jacobian(step.h, row, step.tape);
      for (int j = 0; j < 3; ++j) {
        constexpr double kStep = 1e-6;
        DenseD up = h, down = h;
        up(row, j) += kStep, down(row, j) -= kStep;
        const Step<double> above(p, x, up), below(p, x, down);
        double transposed = 0;
        for (int i = 0; i < 3; ++i) {
          // Differences lose six of sixteen digits to the step, and gain none from its square.
          CHECK(J(i, j) == Approx((above.next(row, i) - below.next(row, i)) / (2 * kStep)).margin(1e-8));
          transposed += J(i, j) * v(row, i);
        }
        CHECK(gradient(row, j) == Approx(transposed).margin(1e-12));
      }
      const DenseD of_input = step.dynamics->input_jacobian(step.h, row, step.tape);
      for (int j = 0; j < 2; ++j) {
        constexpr double kStep = 1e-6;
        DenseD up = x, down = x;
        up(row, j) += kStep, down(row, j) -= kStep;
        const Step<double> above(p, up, h), below(p, down, h);
        for (int i = 0; i < 3; ++i)
          CHECK(of_input(i, j) ==
                Approx((above.next(row, i) - below.next(row, i)) / (2 * kStep)).margin(1e-8));
      }
    }
  }
}

TEST_CASE("cells: single precision follows double, and one input row stands for all", "[dynamics]") {
  Dense<float> many(37, 3);
  for (std::size_t k = 0; k < many.size(); ++k)
    many.values[k] = static_cast<float>(std::sin(0.7 * double(k)));
  DenseD wide(37, 3), wide_v(37, 3);
  std::copy(many.values.begin(), many.values.end(), wide.data());
  const auto x = matrix<float>(2, {0.3f, -0.7f});
  for (const Known& cell : known()) {
    CAPTURE(cell.name);
    Step<float> single(filled_cell(cell.type), x, many);
    Step<double> twice(filled_cell(cell.type), kInput, wide);
    Dense<float> v(37, 3), gradient;
    for (std::size_t k = 0; k < v.size(); ++k) wide_v.values[k] = v.values[k] = std::cos(float(k));
    DenseD wide_gradient;
    single.dynamics->pull_back(single.h, v, single.tape, gradient);
    twice.dynamics->pull_back(twice.h, wide_v, twice.tape, wide_gradient);
    for (std::size_t k = 0; k < v.size(); ++k) {
      // A few roundings of numbers around 1.
      CHECK(single.next.values[k] == Approx(twice.next.values[k]).margin(1e-6));
      CHECK(gradient.values[k] == Approx(wide_gradient.values[k]).margin(2e-6));
    }
  }
}

TEST_CASE("cells: a GRU without weights halves its state", "[dynamics]") {
  CellParameters p;
  p.weight_ih = DenseD(9, 2), p.weight_hh = DenseD(9, 3);
  p.bias_ih.assign(9, 0), p.bias_hh.assign(9, 0);
  const Step<double> step(p, kInput, kState);
  const DenseD J = step.dynamics->jacobian(step.h, 0, step.tape);
  for (int i = 0; i < 3; ++i) {
    CHECK(step.next(0, i) == kState(0, i) / 2);
    for (int j = 0; j < 3; ++j) CHECK(J(i, j) == (i == j ? 0.5 : 0.0));
  }
}

}  // namespace tsd::nn
