#include <algorithm>
#include <cmath>
#include <set>

#include "engine/config/space.hpp"
#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using Settings = std::map<std::string, std::string>;

namespace {

const std::vector<Family>& families() {
  static const std::vector<Family> all = {sample::family()};
  return all;
}

ConfigFile read(const test::TemporaryDirectory& folder, const std::string& sweep) {
  test::spit(folder / "a.yaml", "family: sample\nepochs: 3\nsweep:\n" + sweep);
  return ConfigFile(folder / "a.yaml", families());
}

std::string random(const std::string& n, const std::string& more = "") {
  return "  random:\n    n: " + n + "\n    seed: 3\n" + more +
         "    space:\n"
         "      lr: {log_uniform: [1.0e-4, 1.0e-1]}\n"
         "      model.dropout: {uniform: [0, 0.5]}\n"
         "      samples: {integer: [16, 256]}\n"
         "      model.cell: {choice: [rnn, gru, lstm]}\n";
}

std::vector<double> column(const ConfigFile& file, const std::string& key) {
  std::vector<double> values;
  for (const std::int64_t index : file.indices()) values.push_back(std::stod(file.settings(index).at(key)));
  return values;
}

// Which of n equal parts of [low, high] each lies in, in order.
std::vector<int> parts(std::vector<double> values, double low, double high) {
  std::vector<int> all;
  for (const double value : values)
    all.push_back(static_cast<int>((value - low) / (high - low) * static_cast<double>(values.size())));
  std::ranges::sort(all);
  return all;
}

}  // namespace

// The numbers are those of a Philox4x32-10 and of formulas written for this test in another language, from the
// description in docs/start/first_sweep.md.
TEST_CASE("random sweep: draws are those of the formulas", "[sweep]") {
  CHECK(config::draw(0, "lr", 0) == 0.4468262657168883);
  CHECK(config::draw(0, "lr", 2) == 0.1875426033388009);
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, random("4"));
  CHECK(file.settings(0) == Settings{{"lr", "0.00212647337195"},
                                     {"model.dropout", "0.3535842547787561"},
                                     {"samples", "59"},
                                     {"model.cell", "gru"}});
  CHECK(file.settings(3) == Settings{{"lr", "0.0105299744591"},
                                     {"model.dropout", "0.34696386924154393"},
                                     {"samples", "226"},
                                     {"model.cell", "lstm"}});
  const ConfigFile latin = read(folder, random("4", "    method: latin_hypercube\n"));
  CHECK(latin.settings(0).at("lr") == "0.0381869512864");
  CHECK(latin.settings(3).at("lr") == "0.00180138619193");
  CHECK(config::latin_draws(3, "model.dropout", 4)[2] == 0.07819448887966512);
}

TEST_CASE("random sweep: a setting depends on its number and its key alone", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile few = read(folder, random("5")), many = read(folder, random("50"));
  for (const std::int64_t index : few.indices()) CHECK(few.settings(index) == many.settings(index));
  const ConfigFile alone =
      read(folder, "  random: {n: 5, seed: 3, space: {lr: {log_uniform: [1.0e-4, 1.0e-1]}}}\n");
  for (const std::int64_t index : alone.indices())
    CHECK(alone.settings(index).at("lr") == many.settings(index).at("lr"));
  const ConfigFile latin = read(folder, random("5", "    method: latin_hypercube\n"));
  CHECK(latin.settings(0) != read(folder, random("6", "    method: latin_hypercube\n")).settings(0));
}

TEST_CASE("random sweep: index and settings determine each other", "[sweep]") {
  const test::TemporaryDirectory folder;
  for (const std::string method : {"independent", "latin_hypercube"}) {
    const ConfigFile file =
        read(folder, "  first_index: 10\n" + random("40", "    method: " + method + "\n"));
    CHECK(file.indices().front() == 10);
    CHECK(file.indices().back() == 49);
    std::set<std::string> digests;
    for (const std::int64_t index : file.indices()) {
      CHECK(file.index_of(file.settings(index)) == index);
      digests.insert(file.resolve(index, {}).sha256);
    }
    CHECK(digests.size() == 40);
  }
}

TEST_CASE("random sweep: moments are those of the distributions", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, random("4000"));
  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  const auto variance = [&](std::vector<double> values) {
    const double centre = mean(values);
    for (double& value : values) value = (value - centre) * (value - centre);
    return mean(values);
  };
  std::vector<double> lr = column(file, "lr");
  for (double& value : lr) value = std::log10(value);
  // Five standard errors of 4000 draws: 5 / sqrt(12 * 4000) = 0.023 of a range, 5 % of its variance.
  CHECK(mean(lr) == Approx(-2.5).margin(0.023 * 3));
  CHECK(variance(lr) == Approx(9 / 12.0).epsilon(0.06));
  CHECK(mean(column(file, "model.dropout")) == Approx(0.25).margin(0.023 * 0.5));
  CHECK(variance(column(file, "model.dropout")) == Approx(0.25 / 12).epsilon(0.06));
  CHECK(mean(column(file, "samples")) == Approx(136).margin(0.023 * 241));
  const auto samples = column(file, "samples");
  CHECK(*std::ranges::min_element(samples) == 16);
  CHECK(*std::ranges::max_element(samples) == 256);
  std::map<std::string, int> cells;
  for (const std::int64_t index : file.indices()) ++cells[file.settings(index).at("model.cell")];
  for (const std::string cell : {"rnn", "gru", "lstm"}) CHECK(cells[cell] == Approx(4000 / 3.0).margin(150));
}

TEST_CASE("random sweep: a Latin hypercube has one draw in each part of every key", "[sweep]") {
  const test::TemporaryDirectory folder;
  constexpr int n = 120;  // 241 integers: none of its parts is empty
  const ConfigFile file = read(folder, random(std::to_string(n), "    method: latin_hypercube\n"));
  std::vector<int> each(n);
  for (int i = 0; i < n; ++i) each[static_cast<std::size_t>(i)] = i;
  std::vector<double> lr = column(file, "lr");
  for (double& value : lr) value = std::log10(value);
  CHECK(parts(lr, -4, -1) == each);
  CHECK(parts(column(file, "model.dropout"), 0, 0.5) == each);
  std::map<std::string, int> cells;
  for (const std::int64_t index : file.indices()) ++cells[file.settings(index).at("model.cell")];
  for (const std::string cell : {"rnn", "gru", "lstm"}) CHECK(cells[cell] == n / 3);
  const auto samples = parts(column(file, "samples"), 16, 257);  // whole numbers of neighbouring parts
  for (int i = 0; i < n; ++i) CHECK(std::abs(samples[static_cast<std::size_t>(i)] - i) <= 1);
  const auto u = config::latin_draws(3, "samples", n);
  const auto v = config::latin_draws(3, "lr", n);
  CHECK(parts(u, 0, 1) == each);
  double product = 0;  // the orders of two keys have nothing to do with each other
  for (std::size_t k = 0; k < n; ++k) product += (u[k] - 0.5) * (v[k] - 0.5) * 12 / n;
  CHECK(std::abs(product) < 4 / std::sqrt(n));
}

TEST_CASE("random sweep: each draw with all of a grid, in a block of many", "[sweep]") {
  const test::TemporaryDirectory folder;
  const ConfigFile file = read(folder, R"(  blocks:
    - list: [{tag: first}]
    - random: {n: 3, seed: 3, space: {lr: {log_uniform: [1.0e-4, 1.0e-1]}}}
      grid: {seed: [1, 2]}
)");
  CHECK(file.indices().size() == 7);
  for (const int k : {0, 1, 2})
    for (const int seed : {1, 2}) {
      const Settings settings = file.settings(1 + 2 * k + seed - 1);
      CHECK(settings.at("seed") == std::to_string(seed));
      CHECK(settings.at("lr") == file.settings(1 + 2 * k).at("lr"));
      CHECK(file.index_of(settings) == 1 + 2 * k + seed - 1);
    }
  CHECK(file.settings(1).at("lr") == "0.00212647337195");
  CHECK_THROWS_AS(file.resolve(1, {"lr=0.1"}), ConfigError);
}

TEST_CASE("random sweep: equal draws are passed over until the space is used up", "[sweep]") {
  const test::TemporaryDirectory folder;
  const auto of = [&](int n) {
    return read(folder,
                "  random: {n: " + std::to_string(n) +
                    ", space: {samples: {integer: [1, 4]}, model.cell: {choice: [rnn, gru, lstm]}}}\n");
  };
  const ConfigFile all = of(12), some = of(7);
  std::set<Settings> different;
  for (const std::int64_t index : all.indices()) different.insert(all.settings(index));
  CHECK(different.size() == 12);
  for (const std::int64_t index : some.indices()) CHECK(some.settings(index) == all.settings(index));
}

TEST_CASE("random sweep: ten thousand draws are numbered in a moment", "[sweep]") {
  const test::TemporaryDirectory folder;
  CHECK(read(folder, random("10000")).indices().size() == 10'000);
}
