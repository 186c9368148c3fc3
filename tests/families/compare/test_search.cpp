// The search for fixed points against the numbers of compare.md 11.2, and closed forms.
#include "families/compare/search.hpp"

#include <cmath>

#include "families/compare/fixed_points.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/torch_generator.hpp"

namespace tsd::compare {
namespace {

using nn::DenseD;

// h' = weight h
nn::CellParameters linear_cell(double weight, nn::CellType type = nn::CellType::lds) {
  nn::CellParameters p;
  p.type = type;
  p.weight_ih = DenseD(1, 1), p.weight_hh = DenseD(1, 1);
  p.weight_hh(0, 0) = weight;
  p.bias_ih = p.bias_hh = {0};
  return p;
}

DenseD column(std::vector<double> values) {
  DenseD m(static_cast<int>(values.size()), 1);
  std::copy(values.begin(), values.end(), m.data());
  return m;
}

}  // namespace

TEST_CASE("search: Adam on q of F = x / 2, update by update", "[search]") {
  const std::vector<double> alone = {0.9900000004, 0.9800027467, 0.9700101004, 0.9600239411, 0.9500461621},
                            among = {0.9900004096, 0.9800035669, 0.9700113333, 0.9600255882, 0.9500482247};
  for (const int n : {1, 1024}) {  // the gradient is that of the mean over starts
    Search<double> search(linear_cell(0.5), column(std::vector<double>(std::size_t(n), 1)), column({0}),
                          {0.01});
    for (std::size_t k = 0; k < 5; ++k) {
      for (int block = 0; block < search.blocks(); ++block) search.advance(block, 1);
      CHECK(search.states()(0, 0) == Approx((n == 1 ? alone : among)[k]).margin(1e-10));
    }
    if (n == 1) CHECK(search.q()[0] == Approx(0.1152057459).margin(1e-10));  // before the fifth update
  }
}

TEST_CASE("search: single precision takes the same way", "[search]") {
  nn::Dense<float> states(300, 1), zero(1, 1);
  for (int i = 0; i < 300; ++i) states(i, 0) = 1;
  Search<float> search(linear_cell(0.5), states, zero, {0.01});
  for (int block = 0; block < search.blocks(); ++block) search.advance(block, 5);
  for (const float x : search.states().values) CHECK(x == Approx(0.95005).margin(1e-5));
}

TEST_CASE("search: all rows of all blocks are alike, however updates are portioned", "[search]") {
  nn::CellParameters p = linear_cell(2, nn::CellType::vanilla);
  nn::Dense<float> states(200, 1), zero(1, 1);
  for (int i = 0; i < 200; ++i) states(i, 0) = std::sin(float(i));
  Search<float> whole(p, states, zero, {0.01}), portions(p, states, zero, {0.01});
  for (int block = 0; block < whole.blocks(); ++block) whole.advance(block, 60);
  for (const std::int64_t updates : {1, 30, 29})
    for (int block = portions.blocks(); block-- > 0;) portions.advance(block, updates);
  CHECK(whole.states().values == portions.states().values);
  Search<float> resumed(p, states, zero, {0.01});
  resumed.load(portions.save("a/"), "a/");
  for (Search<float>* s : {&whole, &resumed})
    for (int block = 0; block < s->blocks(); ++block) s->advance(block, 7);
  CHECK(whole.states().values == resumed.states().values);
}

TEST_CASE("search: rows freeze below a q, and step sizes decay", "[search]") {
  nn::Dense<double> states = column({1, 1e-3}), zero = column({0});
  SearchOptions options{0.01};
  options.freeze_below = 1e-5;
  Search<double> frozen(linear_cell(0.5), states, zero, options);
  frozen.advance(0, 3);
  CHECK(frozen.states()(0, 0) < 0.98);
  CHECK(frozen.states()(1, 0) == 1e-3);
  CHECK(frozen.updates() == std::vector<std::int64_t>{3, 0});
  Search<double> resumed(linear_cell(0.5), states, zero, options);
  resumed.load(frozen.save("s/"), "s/");
  resumed.advance(0, 2);
  CHECK(resumed.updates() == std::vector<std::int64_t>{5, 0});
  SearchOptions decaying{0.01, 0.5, 1};
  Search<double> slower(linear_cell(0.5), column({1}), zero, decaying);
  slower.advance(0, 3);  // Adam's first steps are one step size long
  CHECK(slower.states()(0, 0) == Approx(1 - 0.01 - 0.005 - 0.0025).margin(1e-4));
}

TEST_CASE("fixed points: the two stable ones and the unstable one of tanh 2 x", "[search]") {
  FixedPointSettings settings;
  settings.newton_steps = 50, settings.jacobians = true, settings.q_thresh = 1e-20;
  const auto p = analyse(linear_cell(2, nn::CellType::vanilla), column({0.9, 0.1, -0.8, 0.95, -0.05}),
                         column({0}), settings, 2);
  CHECK(p.x(0, 0) == Approx(0.957504024).margin(1e-9));
  CHECK(p.x(2, 0) == Approx(-0.957504024).margin(1e-9));
  CHECK(p.x(1, 0) == Approx(0).margin(1e-9));
  CHECK(p.eigenvalues[0].real() == Approx(0.166372).margin(1e-6));
  CHECK(p.eigenvalues[1].real() == Approx(2));
  CHECK(p.jacobians[1] == Approx(2));
  CHECK(p.n_unstable == std::vector<std::int64_t>{0, 1, 0, 0, 1});
  CHECK(p.kept().size() == 3);
  CHECK(p.unique[3] == p.unique[0]);
  CHECK(p.unique[4] == p.unique[1]);
}

TEST_CASE("fixed points: of a linear system, in closed form", "[search]") {
  nn::CellParameters p;
  p.type = nn::CellType::lds;
  p.weight_ih = DenseD(2, 1), p.weight_hh = DenseD(2, 2);
  p.weight_ih.values = {1, -1}, p.weight_hh.values = {0.5, 0.3, -0.2, 0.4};
  p.bias_ih = {0.1, 0}, p.bias_hh = {0, 0.2};
  DenseD start(1, 2);
  FixedPointSettings settings;
  settings.newton_steps = 1;
  const auto found = analyse(p, start, column({0.5}), settings, 1);
  // (I - W)^-1 (0.6, -0.3): the determinant is 0.36.
  CHECK(found.x(0, 0) == Approx((0.6 * 0.6 + 0.3 * -0.3) / 0.36));
  CHECK(found.x(0, 1) == Approx((-0.2 * 0.6 + 0.5 * -0.3) / 0.36));
  CHECK(found.q[0] < 1e-30);
  CHECK(std::abs(found.eigenvalues[0]) == Approx(std::sqrt(0.26)));  // the determinant of W
}

TEST_CASE("fixed points: q of a GRU without weights is an eighth of the squared state", "[search]") {
  nn::CellParameters p;
  p.weight_ih = DenseD(6, 1), p.weight_hh = DenseD(6, 2);
  p.bias_ih.assign(6, 0), p.bias_hh.assign(6, 0);
  DenseD x(1, 2);
  x.values = {3, -4};
  const auto found = analyse(p, x, column({0}), {}, 1);
  CHECK(found.q[0] == 25.0 / 8);
  CHECK(found.unique[0] == -1);  // above the threshold
}

TEST_CASE("fixed points: of a cluster the one with the least q stands for all", "[search]") {
  FixedPoints p;
  p.x = column({0, 0.5e-3, 0.9e-3, 1.6e-3, 5}), p.inputs = DenseD(5, 1);
  p.q = {3e-6, 1e-6, 2e-6, 1e-7, 1};
  // The third lies near the fourth too, but is taken by the first.
  CHECK(unique_points(p, 1e-5, 1e-3) == std::vector<std::int64_t>{1, 1, 1, 3, -1});
}

TEST_CASE("fixed points: a model's are matched through its affine map", "[search]") {
  FixedPoints reference, model;
  reference.x = DenseD(2, 2), reference.x.values = {1, 0, -1, 0};
  reference.unique = {0, 1}, reference.n_unstable = {0, 1};
  model.x = column({2.1, -2, 0}), model.unique = {0, 1, 1}, model.n_unstable = {0, 0, 0};
  reference.eigenvalues = {0.5, 0.1, 2, 0.2}, model.eigenvalues = {0.4, 0.3, 0};
  const Components components{{0, 0}, {1, 0}, [] {
                                DenseD d(2, 2);
                                d(0, 0) = d(1, 1) = 1;
                                return d;
                              }()};
  Alignment half;
  half.coefficients = DenseD(2, 1), half.coefficients(0, 0) = 0.5;
  half.intercept = {0, 0.1};
  const Match m = match(model, half, reference, components);
  CHECK(m.point == std::vector<std::int64_t>{0, 1});
  CHECK(m.reference == std::vector<std::int64_t>{0, 1});
  CHECK(m.distance[0] == Approx(std::hypot(0.05, 0.1)));
  CHECK(m.spectrum[0] == Approx(0.01));  // of one eigenvalue each
  CHECK(m.spectrum[1] == Approx(2.89));
  CHECK(m.same_index == std::vector<std::uint8_t>{1, 0});
}

// torch.manual_seed(0); torch.randint(0, 400000, (6,)); torch.randn(2, 3) in PyTorch 2.13
TEST_CASE("search: starts are the reference's", "[search]") {
  TorchGenerator generator(0);
  std::vector<std::int64_t> draws(6);
  generator.randint(draws, 0, 400000);
  CHECK(draws == std::vector<std::int64_t>{336044, 248239, 114933, 93760, 48963, 48379});
  std::vector<float> noise(6);
  generator.normal(noise);
  CHECK(noise[0] == Approx(1.2645f).margin(5e-5));
  CHECK(noise[5] == Approx(1.0622f).margin(5e-5));
}

}  // namespace tsd::compare
