// Numbers: nback.md 11.3 (float64 NumPy), by which the optimum is known to the digits printed.
#include "families/nback/analysis/measures/linear.hpp"

#include <linear.h>

#include <cmath>

#include "families/nback/analysis/measures/cloud.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/measures/stratified.hpp"
#include "families/nback/analysis/study.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"
#include "tsd/math/statistics.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

constexpr int kPoints = 40, kUnits = 6;

int class_of(int i) { return i % 4; }

Dense points(double phase) {
  Dense x(kPoints, kUnits);
  for (int i = 0; i < kPoints; ++i)
    for (int k = 0; k < kUnits; ++k)
      x(i, k) = std::sin(0.9 * i + 1.7 * k + 0.3 * i * k + phase) +
                1.5 * std::cos(1.1 * class_of(i) * (k + 1) + phase);
  return x;
}

std::vector<int> labels() {
  std::vector<int> all;
  for (int i = 0; i < kPoints; ++i) all.push_back(class_of(i));
  return all;
}

double accuracy(const std::vector<int>& predicted) { return Answers{labels(), predicted, 4}.accuracy(); }

// Half a unit of the last of `digits` significant digits.
void check_digits(double value, double printed, int digits) {
  const double unit = std::pow(10, std::floor(std::log10(std::abs(printed))) + 1 - digits);
  CHECK(std::abs(value - printed) <= 0.51 * unit);
}

void check_row(std::span<const double> row, const std::vector<double>& printed) {
  for (std::size_t k = 0; k < printed.size(); ++k) CHECK(std::abs(row[k] - printed[k]) <= 0.51e-9);
}

}  // namespace

TEST_CASE("linear: L2-SVC normals to the printed digits", "[analysis]") {
  const Dense x = points(0);
  const double row[] = {-1.46440575, 0.800278239, -0.361779228, 0.296243487, -0.581956583, 1.03846272};
  for (int k = 0; k < kUnits; ++k) check_digits(x(7, k), row[k], 9);
  const Normals normals = l2_svc(x, labels());
  REQUIRE(normals.classes == std::vector<int>{0, 1, 2, 3});
  check_row(normals.weights.span(0),
            {0.246054658, 0.243265710, 0.773604638, 0.360372311, 0.385747351, 0.056085130});
  check_row(normals.weights.span(3),
            {-0.416900087, 0.308038120, -0.381201318, 0.465506366, -0.391584812, -0.464712327});
  check_digits(normals.norm[0], 0.902360207, 9);
  check_digits(normals.bias[0], -0.766613082, 9);
  check_digits(normals.norm[3], 1.54063829, 9);
  check_digits(normals.bias[3], -0.835919977, 9);
  check_digits(orthogonalization(normals.weights), 0.685019156, 9);
  check_digits(orthogonalization(l2_svc(points(0.4), labels()).weights), 0.683901827, 9);
}

TEST_CASE("linear: one dimension, by hand", "[analysis]") {
  Dense x(2, 1);
  x(0, 0) = -1;
  x(1, 0) = 1;
  const std::vector<int> two = {0, 1};
  const Normals normals = l2_svc(x, two);
  CHECK(normals.norm[1] == Approx(0.8).epsilon(1e-12));
  CHECK(normals.weights(1, 0) == Approx(1));
  CHECK(normals.bias[1] == Approx(0).margin(1e-12));
  // C-SVC: w = 1, b = 0, so the boundary is at 0.
  const Svc svc = SvcProblem(x).fit(two);
  Dense near(2, 1);
  near(0, 0) = -1e-3;
  near(1, 0) = 1e-3;
  CHECK(svc.predict(near) == two);
}

TEST_CASE("linear: C-SVC separates the points, and votes for the smaller class on a tie", "[analysis]") {
  CHECK(accuracy(SvcProblem(points(0)).fit(labels()).predict(points(0))) == 1);
  // Three corners of a triangle, and its centre: one vote each.
  Dense corners(3, 2);
  for (int i = 0; i < 3; ++i) {
    corners(i, 0) = std::cos(2 * M_PI * i / 3);
    corners(i, 1) = std::sin(2 * M_PI * i / 3);
  }
  const std::vector<int> names = {9, 5, 7};
  const Svc svc = SvcProblem(corners).fit(names);
  CHECK(svc.predict(corners) == names);
  CHECK(svc.classes() == std::vector<int>{5, 7, 9});
}

// At (4, 4) each class gets one vote, by margins above 1.8. scikit-learn's SVC answers 5, and with the labels
// numbered as they appear (9, 5, 7) the first number, which is 9.
TEST_CASE("linear: the order of the classes decides ties", "[analysis]") {
  const double coordinates[][2] = {{0, 2}, {-2, -4}, {-1, -2}, {0, -4}, {-1, 3}, {-1, 2}};
  Dense x(6, 2), tie(1, 2);
  for (int i = 0; i < 6; ++i) std::copy_n(coordinates[i], 2, x.row(i));
  tie(0, 0) = tie(0, 1) = 4;
  const std::vector<int> names = {9, 9, 5, 5, 7, 7};
  const auto order = in_order_of_appearance(names);
  CHECK(order == std::vector<int>{9, 5, 7});
  const SvcProblem problem(x);
  CHECK(problem.fit(names).predict(tie) == std::vector<int>{5});
  CHECK(problem.fit(names, order).predict(tie) == std::vector<int>{9});
  CHECK(problem.fit(names, order).classes() == order);
  CHECK(problem.fit(names, order).predict(x) ==
        problem.fit(names).predict(x));  // elsewhere it does not matter
}

TEST_CASE("geometry: Procrustes to the printed digits", "[analysis]") {
  const Dense x = points(0), y = points(0.4);
  const Normals from = l2_svc(x, labels()), to = l2_svc(y, labels());
  const Alignment alignment(from.weights, to.weights);
  const double sigma[] = {1.76623374, 1.16781729, 0.978263052, 0.062957162};
  REQUIRE(alignment.singular_values().size() == 4);
  for (int i = 0; i < 4; ++i)
    CHECK(std::abs(alignment.singular_values()[i] - sigma[i]) <= (i < 2 ? 0.51e-8 : 0.51e-9));
  CHECK(alignment.rank() == 4);
  CHECK(std::abs(alignment.nuclear_norm() - 3.97527124) <= 0.51e-8);
  CHECK(std::abs(alignment.residual() - 0.0494575) <= 0.51e-7);
  // The residual is that of the rotated weights, and equals 2 K - 2 sum of singular values.
  const Dense rotated = alignment(from.weights);
  double squares = 0;
  for (std::size_t i = 0; i < rotated.values.size(); ++i)
    squares += std::pow(rotated.values[i] - to.weights.values[i], 2);
  CHECK(squares == Approx(alignment.residual()).epsilon(1e-9));
  const Dense z = Standardizer(y)(y);
  CHECK(accuracy(nearest(z, unit_rows(rotated), from.classes)) == 1);
  CHECK(accuracy(nearest(z, to.weights, to.classes)) == 1);
  CHECK(accuracy(nearest(z, from.weights, from.classes)) == 1);
}

TEST_CASE("geometry: measures of activity to the printed digits", "[analysis]") {
  const Dense x = points(0);
  check_digits(mean_norm(x), 3.33249741, 9);
  check_digits(participation_ratio(x), 3.57293992, 9);
  CHECK(sparsity(x) == 0.0625);
  check_digits(gini(x), 0.352226291, 9);
  check_digits(variability(x, labels(), 0).fano, 0.346438807, 9);
  check_digits(variability(x, labels(), 1).fano, 0.384932008, 9);
}

TEST_CASE("geometry: orthogonalisation and its null references", "[analysis]") {
  Dense three(3, 2);
  three(0, 0) = 1;
  three(1, 1) = 1;
  three(2, 0) = three(2, 1) = std::sqrt(0.5);
  CHECK(orthogonalization(three) == Approx(1 - std::sqrt(2.0) / 3).epsilon(1e-12));  // 0.5286
  // Printed for large d, sqrt(2 / (pi d)); the next term is d^-1 / 4 of it.
  CHECK(random_orthogonalization(256) == Approx(0.950).margin(1e-3));
  CHECK(random_orthogonalization(128) == Approx(0.930).margin(1e-3));
  CHECK(simplex_orthogonalization(4) == Approx(0.667).margin(5e-4));
  CHECK(random_orthogonalization(2) == Approx(1 - 2 / M_PI).epsilon(1e-12));  // mean |cos| of a random angle
}

TEST_CASE("statistics: the bootstrap of a share is binomial", "[analysis]") {
  // scipy.stats.binom.ppf([0.025, 0.975], 50, 0.8) / 50
  const Interval interval = bootstrap_interval(40, 50);
  CHECK(interval.low == Approx(0.68));
  CHECK(interval.high == Approx(0.9));
  CHECK(bootstrap_interval(7, 7).low == 1);
  CHECK(normalised(0.25, 4) == Approx(0).margin(1e-15));
  CHECK(normalised(1, 72) == 1);
  const Interval spread = percentiles({3, 1, 2, 4});  // numpy.percentile([1, 2, 3, 4], [2.5, 97.5])
  CHECK(spread.low == Approx(1.075));
  CHECK(spread.high == Approx(3.925));
}

TEST_CASE("statistics: shuffled labels give chance", "[analysis]") {
  Answers answers;
  answers.classes = 2;
  for (int i = 0; i < 400; ++i) {
    answers.label.push_back(i % 2);
    answers.predicted.push_back(i % 2);
  }
  Philox rng(1, "test");
  const Null null = shuffled(answers, 200, rng);
  // A hypergeometric count: mean 1/2, SD of the share 1 / (2 sqrt(399)) = 0.02503; five SE of 200 shuffles.
  CHECK(null.mean == Approx(0.5).margin(0.009));
  CHECK(null.sd == Approx(0.02503).margin(0.0063));
  CHECK(null.p == Approx(1 / 201.0));
}

TEST_CASE("split: as scikit-learn's stratified one", "[analysis]") {
  // train_test_split(range(23), test_size=0.2, random_state=42, stratify=[i * i % 3 for i in range(23)])
  std::vector<int> classes;
  for (int i = 0; i < 23; ++i) classes.push_back(i * i % 3);
  const Split split = stratified_split(classes, 0.2, 42);
  CHECK(split.train == std::vector<int>{22, 5, 6, 13, 7, 17, 1, 21, 0, 16, 20, 11, 19, 12, 2, 8, 3, 15});
  CHECK(split.test == std::vector<int>{14, 18, 4, 9, 10});
  // Counts with ties, by which the rest is dealt at random: 4 classes of 7.
  std::vector<int> even;
  for (int i = 0; i < 28; ++i) even.push_back(i % 4);
  const Split ties = stratified_split(even, 0.2, 42);
  CHECK(ties.test == std::vector<int>{7, 25, 10, 8, 22, 16});
  CHECK_THROWS_AS(stratified_split(even, 0.1, 42), DataError);  // three for four classes
}

TEST_CASE("linear: L2-SVC where classes overlap, as liblinear's and at the optimum", "[analysis]") {
  constexpr int K = 3;
  // More points than columns, and fewer: the two forms of the system.
  const auto [N, d] = GENERATE(std::pair(300, 20), std::pair(60, 90));
  Philox rng(3, "test");
  Dense x(N, d);
  std::vector<int> classes;
  for (int i = 0; i < N; ++i) {
    classes.push_back(i % 7 < 3 ? 0 : i % 7 < 6 ? 4 : 9);
    for (int k = 0; k < d; ++k) x(i, k) = rng.normal() + 0.3 * (k == classes[i]);
  }
  const Normals normals = l2_svc(x, classes);
  REQUIRE(normals.classes == std::vector<int>{0, 4, 9});
  const Dense z = Standardizer(x)(x);
  for (int c = 0; c < K; ++c) {
    std::vector<double> w, y;
    for (int k = 0; k < d; ++k) w.push_back(normals.norm[c] * normals.weights(c, k));
    w.push_back(normals.bias[c]);
    for (int label : classes) y.push_back(label == normals.classes[c] ? 1 : -1);
    const auto inside = static_cast<double>(std::count(y.begin(), y.end(), 1.0));
    const double costs[] = {N / (2 * inside), N / (2 * (N - inside))};

    std::vector<double> gradient = w;
    std::vector<feature_node> nodes;
    for (int i = 0; i < N; ++i) {
      double along = w[d];
      for (int k = 0; k < d; ++k) along += w[k] * z(i, k);
      const double pull = 2 * costs[y[i] < 0] * y[i] * std::max(0.0, 1 - y[i] * along);
      for (int k = 0; k <= d; ++k) {
        gradient[k] -= pull * (k < d ? z(i, k) : 1);
        nodes.push_back({k + 1, k < d ? z(i, k) : 1});
      }
      nodes.push_back({-1, 0});
    }
    for (double g : gradient) CHECK(std::abs(g) < 1e-10);

    std::vector<feature_node*> rows;
    for (int i = 0; i < N; ++i) rows.push_back(&nodes[i * (d + 2)]);
    const problem posed{N, d + 1, y.data(), rows.data(), -1};
    int sides[] = {1, -1};
    parameter options{};
    options.solver_type = L2R_L2LOSS_SVC;
    options.eps = 1e-10;
    options.C = 1;
    options.nr_weight = 2;
    options.weight_label = sides;
    options.weight = const_cast<double*>(costs);
    set_print_string_function([](const char*) {});
    model* trained = ::train(&posed, &options);
    const double sign = trained->label[0] == 1 ? 1 : -1;
    for (int k = 0; k <= d; ++k) CHECK(w[k] == Approx(sign * trained->w[k]).margin(1e-7));
    free_and_destroy_model(&trained);
  }
}

TEST_CASE("statistics: decoders fitted on shuffled labels", "[analysis]") {
  // scripts/reference/oracles/nback/refit_null.py: mean 0.2476, SD 0.1629; by shuffled held-out labels the SD is
  // 0.1303.
  const Dense x = points(0);
  const auto rows = [&](int first, int count) {
    Dense part(count, kUnits);
    std::copy_n(x.row(first), part.size(), part.data());
    return part;
  };
  const auto all = labels();
  const std::vector<int> learned(all.begin(), all.begin() + 28), tested(all.begin() + 28, all.end());
  const SvcProblem problem(rows(0, 28));
  const Dense test = rows(28, 12);
  const double accuracy = answers(problem.fit(learned), test, tested).accuracy();
  CHECK(accuracy == 1);
  Philox rng(1, "test");
  const Null null = refitted(problem, learned, test, tested, accuracy, 1000, rng);
  // Five SE of 1000 refits.
  CHECK(null.mean == Approx(0.2476).margin(0.026));
  CHECK(null.sd == Approx(0.1629).margin(0.018));
  CHECK(null.p == Approx(1 / 1001.0));
}

TEST_CASE("cloud: measures of resampled sequences are those of repeated states", "[analysis]") {
  constexpr int N = 70, L = 3, H = 5;
  Philox rng(2, "test");
  Dense states(N * L, H);
  for (double& value : states.values) value = rng.normal() * rng.normal() + 0.3;
  for (int r = 0; r < states.rows; ++r) states(r, 4) = 0;  // never active
  std::vector<int> group;
  for (int r = 0; r < states.rows; ++r) group.push_back(10 * (r % L) + static_cast<int>(rng.below(4)));
  Dense counts(4, N);
  std::fill_n(counts.row(0), N, 1.0);
  for (int i = 1; i < 3; ++i)
    for (int s = 0; s < N; ++s) ++counts(i, static_cast<int>(rng.below(N)));
  counts(3, 12) = N;  // a single sequence
  const auto measured = Cloud(states, L, group).measure(counts, 1);
  REQUIRE(measured.size() == 4);
  for (int i = 0; i < 4; ++i) {
    Dense repeated(states.rows, H);
    std::vector<int> repeated_group;
    for (int s = 0; s < N; ++s)
      for (int time = 0; time < static_cast<int>(counts(i, s)); ++time)
        for (int r = s * L; r < (s + 1) * L; ++r) {
          std::copy_n(states.row(r), H, repeated.row(static_cast<int>(repeated_group.size())));
          repeated_group.push_back(group[r]);
        }
    const Variability v = variability(repeated, repeated_group, 1);
    CHECK(measured[i][kMagnitude] == Approx(mean_norm(repeated)).epsilon(1e-12));
    CHECK(measured[i][kParticipationRatio] == Approx(participation_ratio(repeated)).epsilon(1e-10));
    CHECK(measured[i][kSparsity] == Approx(sparsity(repeated)).epsilon(1e-14));
    CHECK(measured[i][kFano] == Approx(v.fano).epsilon(1e-10).margin(1e-13));
    CHECK(measured[i][kCv2] == Approx(v.cv2).epsilon(1e-10).margin(1e-13));
  }
}
