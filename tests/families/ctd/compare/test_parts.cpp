// Parts that are asked for: rotations, systems with inputs, intervals of DSA.
#include "families/ctd/compare/made_up.hpp"

namespace tsd::compare {
namespace {

// As many units as the recording's; the same states.
struct Same : Case {
  Same() : Case(recording(), twin()) {}
  static Datasets twin() {
    Datasets all = external();
    all["/train_latents"] = numbers({6, 8, 4}), all["/eval_latents"] = numbers({3, 8, 4});
    return all;
  }
};

}  // namespace

TEST_CASE("parts: a model with the network's states is like it in every way", "[parts]") {
  Same c;
  c.config.parts = {"input_dsa", "jpca"};
  c.config.jpca.components = 4;
  const Hdf5Reader file(results_of(c)), again(results_of(c, 1));
  for (const char* path : {"/input_dsa/state", "/input_dsa/control", "/input_dsa/joint"}) {
    CHECK(values(file, path)[1] == Approx(0).margin(1e-7));
    CHECK(values(again, path) == values(file, path));
  }
  CHECK(values(file, "/likeness/cka")[1] == Approx(1));
  CHECK(values(file, "/likeness/procrustes")[1] == Approx(0).margin(1e-9));
  CHECK(values(file, "/likeness/co_bps_normalised")[0] == 1);
  CHECK(values(file, "/likeness_of/model/component_r2")[0] == Approx(1));
  CHECK(values(file, "/jpca/model/latents/frequency") == values(file, "/jpca/reference/latents/frequency"));
  CHECK(file.dataset("/jpca/model/rates/projected").shape[0] == 3);
}

// With as many inferred inputs as recorded ones its co_bps is of all neurons, the reference's of those from 1 on.
TEST_CASE("parts: true rates have all bits per spike, whichever neurons count", "[parts]") {
  Datasets model = external();
  model["/train_inferred_inputs"] = numbers({6, 8, 1}), model["/eval_inferred_inputs"] = numbers({3, 8, 1});
  Case c(recording(), model, [](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{seed: 0, model: {family: lfads}}", {});
    const std::string cell = "/params/decoder.rnn.cell.gen_cell.";
    file.dataset(cell + "weight_ih", numbers({6, 1}), {}),
        file.dataset(cell + "weight_hh", numbers({6, 2}), {});
    file.dataset(cell + "bias_ih", numbers({6}), {}), file.dataset(cell + "bias_hh", numbers({6}), {});
  });
  c.config.parts = {};
  const Hdf5Reader file(results_of(c));
  const auto co_bps = values(file, "/metrics/co_bps");
  CHECK(std::abs(co_bps[1] - co_bps[0]) > 1e-3);
  CHECK(values(file, "/likeness/co_bps_normalised")[1] == Approx(1));
}

TEST_CASE("parts: what can't be computed is refused before any work", "[parts]") {
  Same c;
  c.config.parts = {"input_dsa"};
  c.config.input_dsa.n_delays = 4, c.config.input_dsa.model = SystemModel::n4sid;
  CHECK_THAT(c.refusal(), Catch::Contains("4 delays of 4 units and 1 inputs have 24 columns, more than the 0 "
                                          "rows of 3 trials; raise input_dsa.percent_data or lower"));
  // One trial of 8 steps has 8 - 1 rows, [h; u] 4 + 1 columns; with two delays 6 and 9.
  c.config.input_dsa = {.percent_data = 0.4};
  CHECK(c.refusal() == "");
  c.config.input_dsa.n_delays = 2;
  CHECK_THAT(c.refusal(), Catch::Contains("9 columns, more than the 6 rows of 1 trials"));
  c.config.input_dsa = {.rank = 9};
  CHECK_THAT(c.refusal(), Catch::Contains("rank 9 of 1 delays of 4 units; expected at most 4"));
  c.config.parts = {"jpca"};
  c.config.jpca.begin = 7;
  CHECK_THAT(c.refusal(), Catch::Contains("change jpca.begin or jpca.steps"));
}

TEST_CASE("parts: DSA over restarts and halves", "[parts]") {
  Same c;
  c.config.parts = {"dsa"};
  DsaSettings& d = c.config.dsa;
  d.n_delays = 1, d.rank = 2, d.iters = 100, d.percent_data = 1, d.phase = Phase::all, d.restarts = 3;
  d.intervals = true;
  const Hdf5Reader file(results_of(c)), again(results_of(c, 3));
  const auto restarts = values(file, "/dsa/restarts"), halves = values(file, "/dsa/across_halves");
  REQUIRE(restarts.size() == 6);
  REQUIRE(halves.size() == 8);
  CHECK(std::ranges::count(std::span(restarts).last(3), values(file, "/dsa/sims")[1]) > 0);
  CHECK(std::isnan(halves[0]));
  CHECK(halves[5] == Approx(halves[6]).margin(0.05));  // of the same states: first to second, second to first
  CHECK(halves[4] < halves[5]);                        // of the same trials
  CHECK(values(again, "/dsa/restarts") == restarts);
  CHECK(values(again, "/dsa/across_halves")[7] == halves[7]);
}

// Nine tenths of the variance lie in two directions of the whole and of the first half, in four of the second.
TEST_CASE("parts: halves of other variance change no distance of the whole", "[parts]") {
  Datasets r = recording(), m = external();
  const auto uneven = [](int trials, double rate) {
    Array a = numbers({trials, 8, 4});
    const std::span<float> x = a.as<float>();
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double scale = k >= x.size() / 2 ? 1 : k % 4 < 2 ? 30 : 0.1;
      x[k] = static_cast<float>(scale * std::sin(rate * double(k * k)));
    }
    return a;
  };
  r["/train_latents"] = uneven(6, 0.37), r["/valid_latents"] = uneven(3, 0.37);
  m["/train_latents"] = uneven(6, 0.41), m["/eval_latents"] = uneven(3, 0.41);
  Case c(r, m);
  c.config.parts = {"dsa"};
  DsaSettings& d = c.config.dsa;
  d.version = DsaVersion::v2, d.score = DsaScore::angular, d.phase = Phase::train, d.percent_data = 1;
  d.n_delays = 1, d.rank_explained_variance = 0.9, d.iters = 100;
  const Hdf5Reader whole(results_of(c));
  CHECK(whole.dataset("/dsa/A_v").shape == Shape{2, 2, 2});
  d.intervals = d.split_half = true, d.permutations = 1;
  const Hdf5Reader file(results_of(c, 2));
  CHECK(values(file, "/dsa/sims") == values(whole, "/dsa/sims"));
  const auto halves = values(file, "/dsa/across_halves");
  for (std::size_t k = 4; k < 8; ++k) CHECK(std::isfinite(halves[k]));
  CHECK(std::isfinite(values(file, "/dsa/split_half")[0]));
}

// One unit that is on in one step, the same of all trials: with one delay before it has two directions, and one where the
// shuffle puts that step at a trial's end or beginning.
TEST_CASE("parts: a shuffle of lower rank has no distance, and is told once of each model", "[parts]") {
  Datasets m = external();
  for (const auto& [name, n] : {std::pair<std::string, int>{"/train_latents", 6}, {"/eval_latents", 3}}) {
    m[name] = numbers({n, 8, 1});
    const std::span<float> x = m[name].as<float>();
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = k % 8 == 3;
  }
  Case c(recording(), m);
  c.config.parts = {"dsa"};
  DsaSettings& d = c.config.dsa;
  d.n_delays = 2, d.rank = 2, d.lambda = 0.1, d.iters = 10, d.percent_data = 1, d.phase = Phase::all;
  d.permutations = 40;
  std::filesystem::path results;
  const std::string log = log_of(c, [&] { results = results_of(c); });
  const auto permuted = values(Hdf5Reader(results), "/dsa/permuted");
  REQUIRE(permuted.size() == 80);
  const auto none =
      std::ranges::count_if(std::span(permuted).last(40), [](double x) { return std::isnan(x); });
  CHECK(none > 0);
  CHECK(none < 40);
  const std::string told =
      "dsa: model: " + std::to_string(none) + " of its distances of parts or shuffles are NaN";
  CHECK_THAT(log, Catch::Contains(told));
  CHECK(log.find("distances of parts", log.find(told) + told.size()) == std::string::npos);
}

TEST_CASE("parts: a model that is not finite has no rotations, others have", "[parts]") {
  Datasets broken = external();
  broken["/eval_rates"].as<float>()[5] = INFINITY;
  Case c(recording(), broken);
  write(c.folder / "fine.h5", external());
  c.config.models.files.push_back((c.folder / "fine.h5").string());
  c.config.parts = {"jpca"};
  const Hdf5Reader file(results_of(c));
  CHECK(std::isnan(values(file, "/metrics/rate_r2")[1]));
  CHECK_FALSE(file.exists("/jpca/model"));
  CHECK(file.exists("/jpca/fine/rates/r2"));
}

}  // namespace tsd::compare
