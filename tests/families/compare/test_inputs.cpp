// What a comparison refuses, before any work, and what it tells then.
#include "families/compare/made_up.hpp"

namespace tsd::compare {

TEST_CASE("inputs: a fitting recording and model are taken", "[inputs]") {
  CHECK(Case(recording(), external()).refusal() == "");
}

TEST_CASE("inputs: what a recording lacks or has wrong is told", "[inputs]") {
  Datasets r = recording();
  r.erase("/valid_recon_data");
  CHECK_THAT(Case(r, external()).refusal(), Catch::Contains("/valid_recon_data: dataset is missing"));
  r = recording();
  r["/valid_recon_data"].as<float>()[25] = NAN;
  CHECK_THAT(Case(r, external()).refusal(),
             Catch::Contains("/valid_recon_data: trial 1, step 0, column 1: expected a finite number"));
  r = recording();
  r["/valid_activity"] = numbers({2, 8, 3});
  CHECK_THAT(Case(r, external()).refusal(), Catch::Contains("/valid_activity: expected 3 trials of 8 steps"));
  r = recording();
  r["/valid_recon_data"] = numbers({3, 8, 4});
  CHECK_THAT(Case(r, external()).refusal(), Catch::Contains("expected 3 neurons, as of /valid_activity"));
}

TEST_CASE("inputs: models of other data are told from those of this", "[inputs]") {
  Datasets m = external();
  m.erase("/train_rates");
  CHECK_THAT(Case(recording(), m).refusal(), Catch::Contains("dataset /train_rates is missing"));
  m = external();
  m["/eval_rates"] = numbers({3, 8, 5});
  CHECK_THAT(Case(recording(), m).refusal(),
             Catch::Contains("/eval_rates: expected 3 trials of 8 steps and 3 columns"));
  m = external();
  m["/eval_latents"] = numbers({4, 8, 2});
  CHECK_THAT(Case(recording(), m).refusal(), Catch::Contains("got shape [4, 8, 2]"));
  const auto digest = [](Hdf5Writer& file) {
    file.attribute("/data", "sha256", "0123"), file.attribute("/data", "file", "other.h5");
  };
  CHECK_THAT(Case(recording(), external(), digest).refusal(),
             Catch::Contains("got one of another, named other.h5 there"));
}

TEST_CASE("inputs: cells that don't fit their latents are refused", "[inputs]") {
  const auto gru = [](int units, int rows) {
    return [=](Hdf5Writer& file) {
      file.text("/provenance/config_yaml", "{seed: 4, model: {family: sae, cell: gru}}", {});
      file.dataset("/params/decoder.cell.weight_ih", numbers({rows, 1}), {});
      file.dataset("/params/decoder.cell.weight_hh", numbers({rows, units}), {});
      for (const char* bias : {"bias_ih", "bias_hh"})
        file.dataset(std::string("/params/decoder.cell.") + bias, numbers({rows}), {});
    };
  };
  CHECK(Case(recording(), external(), gru(2, 6)).refusal() == "");
  CHECK_THAT(Case(recording(), external(), gru(3, 9)).refusal(),
             Catch::Contains("a cell of 3 units with latents of 2"));
  CHECK_THAT(Case(recording(), external(), gru(2, 5)).refusal(),
             Catch::Contains("weight_hh: expected 3 square blocks"));
  const auto unknown = [](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{model: {family: sae, cell: lstm}}", {});
    file.dataset("/params/decoder.cell.weight_hh", numbers({8, 2}), {});
  };
  CHECK_THAT(Case(recording(), external(), unknown).refusal(), Catch::Contains("got sae lstm"));
}

TEST_CASE("inputs: delays that trials are too short for", "[inputs]") {
  Case c(recording(), external());
  c.config.parts = {"dsa"};
  c.config.dsa.percent_data = 1;
  CHECK_THAT(c.refusal(),
             Catch::Contains("dsa: reference: 20 delays of 1 step(s) need at least 21 steps, trials have 8"));
  c.config.dsa.n_delays = 2, c.config.dsa.rank = 5;
  CHECK_THAT(c.refusal(), Catch::Contains("dsa: model: rank 5 of an embedding of 21 rows and 4 columns"));
  c.config.dsa.rank = 4;
  CHECK(c.refusal() == "");
}

TEST_CASE("inputs: names, one for each model", "[inputs]") {
  Case c(recording(), external());
  c.config.models.files.push_back(c.config.models.files[0]);
  CHECK_THAT(c.refusal(), Catch::Contains("two models would be called model_model; expected models.names"));
  c.config.models.names = {"a"};
  CHECK_THAT(c.refusal(), Catch::Contains("models.names: expected one for each of 2 models, got 1"));
  c.config.models.names = {"a", "b"};
  CHECK(c.refusal() == "");
}

TEST_CASE("inputs: a directory of runs stands for them, in order of their numbers", "[inputs]") {
  Case c(recording(), external());
  for (const char* index : {"10", "2"}) {
    std::filesystem::create_directories(c.folder / "sweep" / index);
    write(c.folder / "sweep" / index / "results.h5", external());
  }
  const auto reference = read_reference(c.config.reference);
  const auto models = find_models({{(c.folder / "sweep").string()}, {}, {}}, reference);
  REQUIRE(models.size() == 2);
  CHECK(models[0].name == "2");
  CHECK(models[1].name == "10");
  std::filesystem::create_directories(c.folder / "empty");
  CHECK_THROWS_AS(find_models({{(c.folder / "empty").string()}, {}, {}}, reference), MissingInput);
}

TEST_CASE("inputs: a model that is not finite gets NaN, others their scores", "[inputs]") {
  Datasets broken = external();
  broken["/train_rates"].as<float>()[5] = INFINITY;
  Case c(recording(), broken);
  write(c.folder / "fine.h5", external());
  c.config.models.files.push_back((c.folder / "fine.h5").string());
  c.config.parts = {};
  CompareExperiment experiment(c.config, {});
  std::vector<StepReport> reports;
  for (std::int64_t k = 0; k < experiment.total_steps(); ++k) reports.push_back(experiment.step());
  REQUIRE(reports.size() == 3);
  CHECK(reports[1].row[1].name == "rate_r2");
  CHECK(std::isnan(reports[1].row[1].value));
  CHECK(reports[2].row[1].value == 1);  // the same numbers as the true rates
}

}  // namespace tsd::compare
