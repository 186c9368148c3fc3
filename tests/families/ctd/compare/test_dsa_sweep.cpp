// The table of delays and ranks, halves of trials, and which distance a version means.
#include "families/ctd/compare/made_up.hpp"
#include "families/ctd/compare/similarity/stage.hpp"
#include "families/ctd/compare/similarity/sweep.hpp"

namespace tsd::compare {
namespace {

math::DenseD matrix(double a, double b, double c, double d) {
  math::DenseD m(2, 2);
  m(0, 0) = a, m(0, 1) = b, m(1, 0) = c, m(1, 1) = d;
  return m;
}

// Trials of x' = M x.
Reference linear_reference() {
  Reference r;
  r.val_latents = r.train_latents = linear_series(matrix(0.9, -0.2, 0.2, 0.9), 8, 30);
  return r;
}

DsaSettings settings() {
  DsaSettings s;
  s.n_delays = 1, s.rank = 2, s.percent_data = 1;
  s.sweep_ranks = {2, 1}, s.sweep_delays = {1, 4};
  return s;
}

}  // namespace

TEST_CASE("sweep: distance to the identity in closed form", "[dsa]") {
  CHECK(distance_to_identity(matrix(0.9, -0.2, 0.2, 0.9)) == Approx(0.218669).margin(1e-6));
  CHECK(distance_to_identity(matrix(-2, 0, 0, -2)) == Approx(std::acos(-1)));
}

TEST_CASE("sweep: halves of linear data have one operator, whatever the delays", "[dsa]") {
  const Reference r = linear_reference();
  const DsaSettings s = settings();
  DsaSweep sweep(s, r, 0, 2);
  REQUIRE(sweep.steps() == 4);
  for (std::int64_t i = 0; i < 4; ++i) sweep.step(i);
  const auto& rows = sweep.rows();
  CHECK(rows[0].rank == 2);
  CHECK(rows[1].rank == 1);
  CHECK(rows[2].n_delays == 4);
  // scripts/reference/oracles/ctd/dsa.py
  const std::vector<double> to_identity = {0.228272366, 0, 0.228318022, 0},
                            variance = {1, 0.605375677, 1, 0.605620583};
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(rows[k].to_identity == Approx(to_identity[k]).margin(1e-7));
    CHECK(rows[k].explained_variance == Approx(variance[k]).margin(1e-8));
  }
  for (const std::size_t k : {0, 2}) CHECK(rows[k].between_halves < 0.05);  // in other coordinates each
  CHECK(rows[sweep.suggested()].rank == 2);  // of rank 1 every positive operator is the identity
  DsaSweep resumed(s, r, 0, 1);
  resumed.restore(sweep.state(), 3);
  resumed.step(3);
  CHECK(resumed.rows()[3].to_identity == rows[3].to_identity);
  CHECK(resumed.rows()[3].between_halves == rows[3].between_halves);
}

TEST_CASE("sweep: joined trials have false transitions", "[dsa]") {
  const Reference r = linear_reference();
  DsaSettings s = settings();
  s.sweep_ranks = {2}, s.sweep_delays = {1};
  DsaSweep separate(s, r, 0, 1);
  separate.step(0);
  s.sweep_joined = true;
  DsaSweep joined(s, r, 0, 1);
  joined.step(0);
  CHECK(separate.rows()[0].to_identity == Approx(0.228272366).margin(1e-7));
  CHECK(joined.rows()[0].to_identity == Approx(0.217181865).margin(1e-7));
}

TEST_CASE("sweep: settings that the halves are too short for are told with a remedy", "[dsa]") {
  const Reference r = linear_reference();
  const auto refusal = [&](const DsaSettings& s) -> std::string {
    try {
      DsaSweep sweep(s, r, 0, 1);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  DsaSettings s = settings();
  CHECK(refusal(s).empty());
  s.percent_data = 0.2;  // one trial
  CHECK_THAT(refusal(s), Catch::Contains("of 8 trials is less than 2; expected at least 0.25"));
  s = settings(), s.sweep_delays = {31};
  CHECK_THAT(refusal(s), Catch::Contains("rank 2, 31 delays: 31 delays of 1 step(s) need at least 32 steps"));
  // 4 rows in each of two trials; 54 columns need 14 trials in each half.
  s = settings(), s.percent_data = 0.5, s.sweep_delays = {27};
  CHECK_THAT(refusal(s),
             Catch::Contains("54 columns, more than the 8 rows of 2 trials, one of 2 parts; lower"));
  s.sweep_delays = {16};  // 15 rows, 32 columns: 3 trials in each half, 6 of 8
  CHECK_THAT(refusal(s), Catch::Contains("raise dsa.percent_data to 0.75"));
}

TEST_CASE("dsa: halves of the reference's trials are as near as a faultless model", "[dsa]") {
  const Reference r = linear_reference();
  DsaSettings s = settings();
  s.split_half = true;
  const std::vector<Model> none;
  DsaStage stage(s, r, none, 0, 2);
  for (std::int64_t i = 0; i < stage.steps(); ++i) stage.step(i);
  CHECK(stage.split_half() < 0.05);
  s.score = DsaScore::wasserstein;  // equal eigenvalues, from float32 data
  DsaStage moved(s, r, none, 0, 2);
  for (std::int64_t i = 0; i < moved.steps(); ++i) moved.step(i);
  CHECK(moved.split_half() < 1e-9);
}

TEST_CASE("dsa: each version has its own distance where none is asked for", "[dsa]") {
  DsaSettings s;
  CHECK(s.scored_by() == DsaScore::angular);
  s.version = DsaVersion::v2;
  CHECK(s.scored_by() == DsaScore::wasserstein);
  s.score = DsaScore::euclidean;
  CHECK(s.scored_by() == DsaScore::euclidean);
}

}  // namespace tsd::compare
