// Long draws, bit for bit against Python, NumPy and PyTorch: tests/golden/rng_values.json, which
// scripts/reference/rng_values.py makes. The calls here follow that script's, case by case.
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "support/catch.hpp"
#include "tsd/engine/rng/numpy_generator.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/engine/rng/python_random.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hash.hpp"

using namespace tsd;
using Integers = std::vector<std::int64_t>;
using Doubles = std::vector<double>;
using Floats = std::vector<float>;

namespace {

template <class T>
void check(const std::string& name, const std::vector<T>& values) {
  static const auto golden = nlohmann::json::parse(
      read_text(std::string(TSD_SOURCE_DIR) + "/tests/golden/rng_values.json", 1 << 20));
  INFO(name);
  const auto& expected = golden.at(name);
  REQUIRE(values.size() == expected["count"].get<std::size_t>());
  const auto first = expected["first"].get<std::vector<T>>();
  CHECK(std::vector<T>(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(first.size())) == first);
  CHECK(sha256(std::as_bytes(std::span(values))) == expected["sha256"].get<std::string>());
}

template <class F>
auto times(int n, F draw) {
  std::vector<decltype(draw())> values;
  for (int i = 0; i < n; ++i) values.push_back(draw());
  return values;
}

void append(Integers& all, const Integers& more) { all.insert(all.end(), more.begin(), more.end()); }

Integers iota(std::size_t n) {
  Integers values(n);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

}  // namespace

TEST_CASE("rng: Python's random, bit for bit", "[rng]") {
  PythonRandom r(42);
  check("python.random", times(1000, [&] { return r.random(); }));
  for (int bits : {40, 64}) {
    r.seed((1ull << (bits - 1)) + 5);
    check("python.seed_" + std::to_string(bits) + "_bits", times(1000, [&] { return r.random(); }));
  }
  r.seed(42);
  Integers choices;
  for (std::uint64_t n = 1; n <= 1000; ++n) choices.push_back(static_cast<std::int64_t>(r.below(n)));
  for (int k = 30; k < 62; ++k) choices.push_back(static_cast<std::int64_t>(r.below((1ull << k) + 3)));
  check("python.choice", choices);
  r.seed(42);
  Integers items = iota(1000);
  r.shuffle(std::span(items));
  check("python.shuffle", items);
  r.seed(42);
  Integers samples;
  for (int n = 1; n < 120; ++n)
    for (int k = 0; k <= n; k += 3) append(samples, r.sample(n, k));
  check("python.sample", samples);
}

TEST_CASE("rng: NumPy's legacy stream, bit for bit", "[rng]") {
  NumpyLegacy r(999);
  check("numpy_legacy.uniform", times(1000, [&] { return r.uniform(-0.3, 1.7); }));
  r.seed(999);
  check("numpy_legacy.normal", times(1001, [&] { return r.normal(0.3, 1.7); }));
  const std::uint32_t key[] = {1, 2, 0xffffffffu};
  r.seed(key);
  check("numpy_legacy.seed_array", times(1000, [&] { return r.random_sample(); }));
  r.seed(999);
  Integers integers;
  for (int high = -6; high < 994; ++high) integers.push_back(r.randint(-7, high));
  for (int k = 30; k < 62; ++k) integers.push_back(r.randint(0, (std::int64_t{1} << k) + 3));
  integers.push_back(r.randint(0, std::int64_t{1} << 32));
  integers.push_back(r.randint(0, 5));
  check("numpy_legacy.randint", integers);
  r.seed(999);
  Integers permutations;
  for (int n = 1; n <= 100; ++n) append(permutations, r.permutation(n));
  check("numpy_legacy.permutation", permutations);
  r.seed(999);
  const double p[] = {0.1, 0.25, 0.05, 0.6};
  check("numpy_legacy.choice", times(1000, [&] { return r.choice(p); }));
  r.seed(999);
  Doubles mixed;
  for (int i = 0; i < 500; ++i) {
    mixed.push_back(r.normal(0, 1));
    mixed.push_back(r.random_sample());
    mixed.push_back(static_cast<double>(r.randint(0, 10)));
  }
  check("numpy_legacy.mixed", mixed);
}

TEST_CASE("rng: NumPy's Generator, bit for bit", "[rng]") {
  Integers words;
  for (std::uint64_t seed : {0ull, 42ull, 1ull << 32, (1ull << 63) + 7})
    for (auto word : seed_sequence_words(seed, 9)) words.push_back(word);
  check("numpy_generator.seed_sequence", words);
  NumpyGenerator g(42);
  check("numpy_generator.random", times(1000, [&] { return g.random(); }));
  g.seed((1ull << 40) + 1);
  Integers permutations;
  for (int n = 1; n <= 100; ++n) append(permutations, g.permutation(n));
  check("numpy_generator.permutation", permutations);
  for (const auto& [name, rate] : std::vector<std::pair<std::string, double>>{
           {"0.1", 0.1}, {"1", 1}, {"9.99", 9.99}, {"10", 10}, {"12", 12}, {"300", 300}, {"100000", 1e5}}) {
    g.seed(42);
    check("numpy_generator.poisson_" + name, times(20000, [&, rate = rate] { return g.poisson(rate); }));
  }
  g.seed(42);
  Integers mixed;
  for (int i = 0; i < 300; ++i) {
    mixed.push_back(g.permutation(5)[0]);
    mixed.push_back(g.poisson(2));
    mixed.push_back(g.poisson(20));
  }
  check("numpy_generator.mixed", mixed);
}

namespace {
template <class T>
void check_torch_floats(const std::string& name) {
  TorchGenerator g(5);
  std::vector<T> values(20000);
  g.uniform(std::span(values), 0.1, 0.7);
  check("torch.uniform_" + name, values);
  g.seed(5);
  values.resize(200005);
  g.normal(std::span(values), 0.21, 0.37);
  check("torch.normal_" + name, values);
  g.seed(5);
  values.clear();
  for (std::size_t n = 0; n < 100; ++n) {
    values.resize(values.size() + n);
    g.normal(std::span(values).last(n));
  }
  check("torch.randn_" + name, values);
}
}  // namespace

TEST_CASE("rng: torch's CPU generator, bit for bit", "[rng]") {
  check_torch_floats<float>("float32");
  check_torch_floats<double>("float64");
  TorchGenerator g((1ull << 32) + 5);
  Floats values(100);
  g.uniform(std::span(values));
  check("torch.seed_33_bits", values);
  g.seed(5);
  Integers integers(500);
  const std::int64_t ranges[][2] = {{0, 100},
                                    {-7, 13},
                                    {0, (1 << 28) - 1},
                                    {0, 1 << 28},
                                    {-(std::int64_t{1} << 40), std::int64_t{1} << 41}};
  for (std::size_t i = 0; i < 5; ++i)
    g.randint(std::span(integers).subspan(100 * i, 100), ranges[i][0], ranges[i][1]);
  check("torch.randint", integers);
  g.seed(5);
  Floats p(10000), drawn(10000);
  g.uniform(std::span(p));
  g.bernoulli(p, drawn);
  check("torch.bernoulli_tensor", drawn);
  g.seed(5);
  g.bernoulli(0.3, drawn);
  check("torch.bernoulli_number", drawn);
  g.seed(5);
  g.bernoulli(0.75, drawn);
  for (float& value : drawn) value /= 0.75f;
  check("torch.dropout", drawn);
  g.seed(5);
  Integers permutations;
  for (int n : {0, 1, 2, 10, 5000}) append(permutations, g.randperm(n));
  check("torch.randperm", permutations);
}

// Numbers of plastic.md 11.4, dual_stream.md 11.1 and microcircuit.md 11.1.
TEST_CASE("rng: streams of the plastic, dual-stream and microcircuit models", "[rng]") {
  TorchGenerator torch(0);  // plastic: base frames of 25 elements
  const auto frame = [&] {
    Floats p(25), bits(25);
    torch.uniform(std::span(p));
    torch.bernoulli(p, bits);
    std::string signs;
    for (float bit : bits) signs += bit > 0 ? '+' : '-';
    return signs;
  };
  CHECK(frame() == "--+--+-+++++----++++++-+-");
  CHECK(frame() == "-+++++--+-++--+---++--+++");
  CHECK(frame() == "++++-+-----+-++---+++--+-");
  CHECK(frame() == "--+-+-+----+-----+-+++++-");
  torch.seed(0);  // plastic: Xavier-normal weights [50, 25]
  Floats w(50 * 25);
  torch.normal(std::span(w), 0, std::sqrt(2.0 / 75));
  CHECK(w[0] == Approx(-0.1838489).epsilon(1e-6));
  CHECK(w[2] == Approx(-0.0409193).epsilon(1e-5));
  double squares = 0;
  for (double value : w) squares += value * value;
  CHECK(std::sqrt(squares) == Approx(5.900809).epsilon(1e-6));
  torch.seed(999);  // dual-stream: unit positions
  Floats u(6);
  torch.uniform(std::span(u));
  CHECK(u == Floats{0.677577972f, 0.653096914f, 0.0457060933f, 0.942411482f, 0.492535114f, 0.998548567f});
  NumpyLegacy numpy(999);  // dual-stream: item orders
  CHECK(numpy.permutation(8) == Integers{3, 2, 6, 7, 1, 5, 4, 0});
  CHECK(numpy.permutation(8) == Integers{2, 4, 5, 6, 0, 3, 1, 7});
  numpy.seed(123);  // microcircuit
  CHECK(numpy.uniform(-1, 1) == Approx(0.3929383711957233).epsilon(1e-15));
  numpy.seed(123);
  CHECK(numpy.gauss() == Approx(-1.0856306033005612).epsilon(1e-15));
  CHECK(numpy.gauss() == Approx(0.9973454465835858).epsilon(1e-15));
  numpy.seed(123);
  CHECK(numpy.randint(100000, 999999) == 873630);
  numpy.seed(123);
  Integers rows = iota(100);
  numpy.shuffle(std::span(rows));
  CHECK(Integers(rows.begin(), rows.begin() + 5) == Integers{8, 70, 82, 28, 63});
  CHECK(numpy.gauss() == Approx(0.4684391194456443).epsilon(1e-14));
}
