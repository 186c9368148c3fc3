// The vector kernels against plain double-precision formulas, on every instruction set that this processor
// has.
#include <hwy/targets.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "tsd/kernels/adamw.hpp"
#include "tsd/kernels/elementwise.hpp"
#include "tsd/kernels/layer_norm.hpp"
#include "tsd/kernels/recurrent.hpp"

namespace tsd::kernels {
namespace {

// Below, at and above the lane counts of all targets, and with tails.
constexpr int kSizes[] = {1, 3, 4, 8, 15, 16, 17, 37, 64, 67};
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> random(int n, unsigned seed, float scale = 2) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<float> values(n);
  for (float& value : values) value = uniform(engine);
  return values;
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

void on_every_target(const std::function<void(int H)>& body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    CAPTURE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    for (int H : kSizes) {
      CAPTURE(H);
      body(H);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

// A few float32 roundings of values of order 1, and Highway's 4 ulp for tanh.
constexpr double kClose = 2e-6;
void check(float got, double expected) { CHECK(got == Approx(expected).epsilon(kClose).margin(kClose)); }

// d/d x[i] of f by central differences, in double precision.
double slope(const std::function<double(const std::vector<double>&)>& f, std::vector<double> x, int i) {
  const double step = 1e-5;
  x[i] += step;
  const double up = f(x);
  x[i] -= 2 * step;
  return (up - f(x)) / (2 * step);
}

}  // namespace

TEST_CASE("kernels: tanh cell", "[kernels]") {
  on_every_target([](int H) {
    const auto input = random(H, 1), hidden = random(H, 2), bias = random(H, 3), dh = random(H, 4);
    std::vector<float> h(H), d(H);
    tanh_cell_forward(H, input.data(), hidden.data(), bias.data(), h.data());
    tanh_cell_backward(H, h.data(), dh.data(), d.data());
    for (int i = 0; i < H; ++i) {
      const double y = std::tanh(static_cast<double>(input[i]) + hidden[i] + bias[i]);
      check(h[i], y);
      check(d[i], dh[i] * (1 - y * y));
    }
  });
}

TEST_CASE("kernels: gru cell and its gradient", "[kernels]") {
  // One unit: x = input r, u, c, hidden r, u, c, h'
  const auto cell = [](const std::vector<double>& x, const std::vector<double>& bias) {
    const double r = logistic(x[0] + x[3] + bias[0]), u = logistic(x[1] + x[4] + bias[1]);
    const double c = std::tanh(x[2] + bias[2] + r * (x[5] + bias[3]));
    return (1 - u) * c + u * x[6];
  };
  on_every_target([&](int H) {
    const auto input = random(3 * H, 1), hidden = random(3 * H, 2), bias = random(4 * H, 3),
               previous = random(H, 4, 1);
    const auto dh = random(H, 5);
    std::vector<float> saved(4 * H), h(H), d_input(3 * H), d_hidden(3 * H), d_previous(H);
    gru_cell_forward(H, input.data(), hidden.data(), bias.data(), previous.data(), saved.data(), h.data());
    gru_cell_backward(H, saved.data(), previous.data(), dh.data(), d_input.data(), d_hidden.data(),
                      d_previous.data());
    for (int i = 0; i < H; ++i) {
      std::vector<double> x, b;
      for (int gate = 0; gate < 3; ++gate) x.push_back(input[gate * H + i]);
      for (int gate = 0; gate < 3; ++gate) x.push_back(hidden[gate * H + i]);
      x.push_back(previous[i]);
      for (int gate = 0; gate < 4; ++gate) b.push_back(bias[gate * H + i]);
      const auto f = [&](const std::vector<double>& at) { return cell(at, b); };
      check(h[i], f(x));
      for (int gate = 0; gate < 3; ++gate) {
        check(d_input[gate * H + i], dh[i] * slope(f, x, gate));
        check(d_hidden[gate * H + i], dh[i] * slope(f, x, 3 + gate));
      }
      check(d_previous[i], dh[i] * slope(f, x, 6));
    }
  });
}

TEST_CASE("kernels: lstm cell and its gradient", "[kernels]") {
  // One unit: x = gates i, f, g, o (sums), c'; weights of h and c in the scalar differentiated
  const auto cell = [](const std::vector<double>& x, double dh, double dc) {
    const double c = logistic(x[1]) * x[4] + logistic(x[0]) * std::tanh(x[2]);
    return dh * logistic(x[3]) * std::tanh(c) + dc * c;
  };
  on_every_target([&](int H) {
    const auto input = random(4 * H, 1), hidden = random(4 * H, 2), bias = random(4 * H, 3),
               previous = random(H, 4);
    const auto dh = random(H, 5), dc_in = random(H, 6);
    std::vector<float> saved(5 * H), c(H), h(H), d_gates(4 * H), dc = dc_in;
    lstm_cell_forward(H, input.data(), hidden.data(), bias.data(), previous.data(), saved.data(), c.data(),
                      h.data());
    lstm_cell_backward(H, saved.data(), previous.data(), dh.data(), dc.data(), d_gates.data());
    for (int i = 0; i < H; ++i) {
      std::vector<double> x;
      for (int gate = 0; gate < 4; ++gate)
        x.push_back(static_cast<double>(input[gate * H + i]) + hidden[gate * H + i] + bias[gate * H + i]);
      x.push_back(previous[i]);
      check(h[i], cell(x, 1, 0));
      check(c[i], cell(x, 0, 1));
      const auto f = [&](const std::vector<double>& at) { return cell(at, dh[i], dc_in[i]); };
      for (int gate = 0; gate < 4; ++gate) check(d_gates[gate * H + i], slope(f, x, gate));
      check(dc[i], slope(f, x, 4));
    }
  });
}

TEST_CASE("kernels: layer norm with relu and its gradient", "[kernels]") {
  on_every_target([](int H) {
    if (H < 3) return;  // of one value the variance is 0 and the slope through eps too steep for differences
    const auto x = random(H, 1), shift = random(H, 2), gamma = random(H, 3), beta = random(H, 4, 0.5f),
               dy = random(H, 5);
    std::vector<float> hat(H), y(H), dx(H), d_gamma(H, 1.0f), d_beta(H, 2.0f);
    const float r = layer_norm_relu_forward(H, x.data(), shift.data(), gamma.data(), beta.data(), 1e-5f,
                                            hat.data(), y.data());
    layer_norm_relu_backward(H, dy.data(), y.data(), hat.data(), r, gamma.data(), dx.data(), d_gamma.data(),
                             d_beta.data());
    std::vector<double> sum(H);
    for (int i = 0; i < H; ++i) sum[i] = static_cast<double>(x[i]) + shift[i];
    const auto normalise = [&](const std::vector<double>& values) {
      double mean = 0, variance = 0;
      for (double v : values) mean += v / H;
      for (double v : values) variance += (v - mean) * (v - mean) / H;
      std::vector<double> out(values);
      for (double& v : out) v = (v - mean) / std::sqrt(variance + 1e-5);
      return out;
    };
    const auto value = [&](const std::vector<double>& values) {  // sum of dy y
      const auto normal = normalise(values);
      double total = 0;
      for (int i = 0; i < H; ++i) total += dy[i] * std::max(0.0, gamma[i] * normal[i] + beta[i]);
      return total;
    };
    const auto normal = normalise(sum);
    for (int i = 0; i < H; ++i) {
      const double expected = gamma[i] * normal[i] + beta[i];
      check(hat[i], normal[i]);
      check(y[i], std::max(0.0, expected));
      CHECK(dx[i] ==
            Approx(slope(value, sum, i)).epsilon(1e-4).margin(1e-5));  // differences of a sum over the row
      check(d_gamma[i], 1 + (expected > 0 ? dy[i] * normal[i] : 0));   // both are added to
      check(d_beta[i], 2 + (expected > 0 ? dy[i] : 0));
    }
  });
}

TEST_CASE("kernels: element-wise operations and sums", "[kernels]") {
  on_every_target([](int n) {
    const auto a = random(n, 1), b = random(n, 2), c = random(n, 3);
    const auto from = [n](const std::function<void(float*)>& f, std::vector<float> start) {
      f(start.data());
      REQUIRE(static_cast<int>(start.size()) == n);
      return start;
    };
    const auto added = from([&](float* y) { add(n, a.data(), y); }, b);
    const auto sum = from([&](float* y) { add(n, a.data(), b.data(), y); }, c);
    const auto scaled = from([&](float* y) { multiply(n, a.data(), y); }, b);
    const auto product = from([&](float* y) { multiply(n, a.data(), b.data(), y); }, c);
    const auto fused = from([&](float* y) { multiply_add(n, a.data(), b.data(), y); }, c);
    const auto rectified = from([&](float* y) { relu(n, y); }, a);
    const auto through_relu = from([&](float* y) { relu_backward(n, rectified.data(), y); }, b);
    const auto squashed = from([&](float* y) { sigmoid(n, y); }, a);
    const auto through_sigmoid = from([&](float* y) { sigmoid_backward(n, squashed.data(), y); }, b);
    const auto bent = from([&](float* y) { tanh(n, y); }, a);
    const auto through_tanh = from([&](float* y) { tanh_backward(n, bent.data(), y); }, b);
    double squares = 0;
    for (int i = 0; i < n; ++i) {
      CHECK(added[i] == a[i] + b[i]);
      CHECK(sum[i] == a[i] + b[i]);
      CHECK(scaled[i] == a[i] * b[i]);
      CHECK(product[i] == a[i] * b[i]);
      check(fused[i], static_cast<double>(a[i]) * b[i] + c[i]);
      CHECK(rectified[i] == std::max(a[i], 0.0f));
      CHECK(through_relu[i] == (a[i] > 0 ? b[i] : 0.0f));
      const double y = logistic(a[i]);
      check(squashed[i], y);
      check(through_sigmoid[i], b[i] * y * (1 - y));
      check(bent[i], std::tanh(a[i]));
      check(through_tanh[i], b[i] * (1 - std::pow(std::tanh(a[i]), 2)));
      squares += static_cast<double>(a[i]) * a[i];
    }
    CHECK(sum_of_squares(n, a.data()) == Approx(squares).epsilon(1e-14));  // double precision throughout

    const auto table = random(3 * n, 4);
    std::vector<float> sums(n, kNaN);
    column_sums(3, n, table.data(), sums.data());
    for (int j = 0; j < n; ++j)
      check(sums[j], static_cast<double>(table[j]) + table[n + j] + table[2 * n + j]);
  });
}

TEST_CASE("kernels: a NaN that goes in comes out, and large values saturate", "[kernels]") {
  on_every_target([](int n) {
    const auto check_nan = [&](const std::vector<float>& values) { CHECK(std::isnan(values[n - 1])); };
    const std::vector<float> zeros(5 * n, 0.0f), bad(4 * n, kNaN);
    std::vector<float> y = bad, h(n), c(n), saved(5 * n);
    y.resize(n);
    sigmoid(n, y.data()), check_nan(y);
    tanh(n, y.data()), check_nan(y);
    y = bad, relu(n, y.data()), check_nan(y);
    tanh_cell_forward(n, bad.data(), zeros.data(), zeros.data(), h.data()), check_nan(h);
    gru_cell_forward(n, bad.data(), zeros.data(), zeros.data(), zeros.data(), saved.data(), h.data()),
        check_nan(h);
    lstm_cell_forward(n, bad.data(), zeros.data(), zeros.data(), zeros.data(), saved.data(), c.data(),
                      h.data());
    check_nan(h);
    CHECK(std::isnan(sum_of_squares(n, bad.data())));

    std::vector<float> extremes(n, -1e30f);
    extremes[0] = 1e30f;
    sigmoid(n, extremes.data());
    CHECK(extremes[0] == 1.0f);
    for (int i = 1; i < n; ++i) CHECK(extremes[i] < 1e-37f);
    std::vector<float> large(n, 1e30f);
    tanh_cell_forward(n, large.data(), zeros.data(), zeros.data(), h.data());
    for (float value : h) CHECK(value == 1.0f);
  });
}

TEST_CASE("kernels: AdamW follows its formula, and any split gives the same bits", "[kernels]") {
  on_every_target([](int n) {
    AdamW options;
    options.lr = 0.01, options.weight_decay = 0.1;
    auto p = random(n, 1), m = random(n, 2, 0.1f), v = random(n, 3, 0.1f);
    for (float& value : v) value = std::abs(value);
    auto p2 = p, m2 = m, v2 = v;
    const auto g = random(n, 4), p0 = p, m0 = m, v0 = v;
    adamw(options, 7, 0.5f, n, g.data(), p.data(), m.data(), v.data());
    for (int i = 0; i < n; ++i) {
      const double gradient = 0.5 * g[i];
      const double first = 0.9 * m0[i] + 0.1 * gradient, second = 0.999 * v0[i] + 0.001 * gradient * gradient;
      check(m[i], first);
      check(v[i], second);
      const double step =
          0.01 / (1 - std::pow(0.9, 7)) * first / (std::sqrt(second / (1 - std::pow(0.999, 7))) + 1e-8);
      check(p[i], p0[i] * (1 - 0.01 * 0.1) - step);
    }
    const int half = n / 2;
    adamw(options, 7, 0.5f, half, g.data(), p2.data(), m2.data(), v2.data());
    adamw(options, 7, 0.5f, n - half, g.data() + half, p2.data() + half, m2.data() + half, v2.data() + half);
    CHECK(p2 == p);
    CHECK(m2 == m);
    CHECK(v2 == v);
  });
}

}  // namespace tsd::kernels
