// What a comparison refuses, before any work, and what it tells then.
#include "families/ctd/compare/made_up.hpp"

namespace tsd::compare {
namespace {

// A cell beside a model's outputs.
std::function<void(Hdf5Writer&)> gru(int units, int rows) {
  return [=](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{seed: 4, model: {family: sae, cell: gru}}", {});
    file.dataset("/params/decoder.cell.weight_ih", numbers({rows, 1}), {});
    file.dataset("/params/decoder.cell.weight_hh", numbers({rows, units}), {});
    for (const char* bias : {"bias_ih", "bias_hh"})
      file.dataset(std::string("/params/decoder.cell.") + bias, numbers({rows}), {});
  };
}

}  // namespace

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
             Catch::Contains("/valid_recon_data[1, 0, 1]: expected a finite number"));
  r = recording();
  r["/valid_activity"] = numbers({2, 8, 3});
  CHECK_THAT(Case(r, external()).refusal(), Catch::Contains("/valid_activity: expected 3 trials of 8 steps"));
  r = recording();
  r["/valid_recon_data"] = counts({3, 8, 4});
  CHECK_THAT(Case(r, external()).refusal(), Catch::Contains("expected 3 neurons, as of /valid_activity"));
}

TEST_CASE("inputs: counts that are none, and rates that are logarithms", "[inputs]") {
  const auto with = [](float value) {
    Datasets r = recording();
    r["/valid_recon_data"].as<float>()[25] = value;
    return Case(r, external()).refusal();
  };
  const std::string expected =
      "/valid_recon_data[1, 0, 1]: expected a count of spikes, 0, 1, 2, .. below 16777216";
  CHECK_THAT(with(0.37f), Catch::Contains(expected + ", got 0.37"));
  CHECK_THAT(with(1e9f), Catch::Contains(expected + ", got 1000000000"));
  CHECK_THAT(with(-1), Catch::Contains(expected + ", got -1"));
  Datasets r = recording();
  for (float& x : r["/valid_recon_data"].as<float>()) x = 0;
  CHECK_THAT(Case(r, external()).refusal(),
             Catch::Contains("/valid_recon_data: expected spikes, got none in 3 trials"));
  r = recording();
  r["/valid_activity"].as<float>()[7] = -0.5f;
  CHECK_THAT(Case(r, external()).refusal(),
             Catch::Contains("/valid_activity[0, 2, 1]: expected a rate in spikes per step, at least 0"));
  for (const std::string name : {"/train_rates", "/eval_rates"}) {
    Datasets m = external();
    for (float& x : m[name].as<float>()) x = std::log(x / 10);
    CHECK_THAT(
        Case(recording(), m).refusal(),
        Catch::Contains("model.h5: " + name +
                        "[0, 0, 0]: expected a rate in spikes per step, at least 0, not its logarithm"));
  }
}

TEST_CASE("inputs: lengths of trials that are none", "[inputs]") {
  Datasets r = recording();
  r["/train_extra"] = make_array<float>("", std::vector<float>(12, 8));
  r["/train_extra"].shape = {6, 2};
  r["/valid_extra"] = make_array<float>("", std::vector<float>{0, 8, 0, 3.7f, 0, 8});
  r["/valid_extra"].shape = {3, 2};
  Case c(r, external());
  c.config.reference.trial_lengths = TrialLengths::extra;
  CHECK_THAT(c.refusal(),
             Catch::Contains("/valid_extra[1, 1]: expected a length in steps, a whole number from 1 to "
                             "8, got 3.7"));
}

TEST_CASE("inputs: rates of 0 leave two scores undefined, never infinite", "[inputs]") {
  Datasets m = external();
  for (const char* name : {"/train_rates", "/eval_rates"})
    for (float& x : m[name].as<float>()) x = 0;
  Case c(recording(), m);
  c.config.parts = {};
  CompareExperiment experiment(c.config, {});
  experiment.step();
  for (const Metric& metric : experiment.step().row) {
    CAPTURE(metric.name);
    CHECK_FALSE(std::isinf(metric.value));
    if (metric.name.starts_with("co_bps") || metric.name == "cycle_con") CHECK(std::isnan(metric.value));
    if (metric.name == "rate_r2") CHECK(metric.value < 0);
  }
}

// What the log says of the model, and its scores.
struct Told {
  std::string log;
  std::map<std::string, double> scores;
};
Told told(const Datasets& model, const std::function<void(Hdf5Writer&)>& more = {},
          const Datasets& reference = recording()) {
  Case c(reference, model, more);
  c.config.parts = {};
  CompareExperiment experiment(c.config, {});
  Told all;
  all.log = log_of(c, [&] {
    experiment.step();
    for (const Metric& metric : experiment.step().row) all.scores[metric.name] = metric.value;
  });
  return all;
}

TEST_CASE("inputs: rates in Hz are told from rates per step", "[inputs]") {
  const auto in_unit = [](float unit, const std::function<void(Hdf5Writer&)>& more = {}) {
    Datasets m = external();
    for (float& x : m["/eval_rates"].as<float>()) x *= unit;
    return told(m, more).log;
  };
  CHECK_THAT(in_unit(100),
             Catch::Contains("model.h5: /eval_rates") && Catch::Contains("are they in spikes per step?"));
  CHECK_THAT(in_unit(1), !Catch::Contains("spikes per step"));
  CHECK_THAT(in_unit(100, gru(2, 6)), Catch::Contains("are they in spikes per step?"));
  CHECK_THAT(in_unit(1, gru(2, 6)), !Catch::Contains("spikes per step"));
  const auto run = [](Hdf5Writer& file) {  // of tsd, whose unit is known
    gru(2, 6)(file);
    file.attribute("/", "filetype", std::string("tsd-results"));
  };
  CHECK_THAT(in_unit(100, run), !Catch::Contains("spikes per step"));
}

TEST_CASE("inputs: latents that never vary are no perfect ones", "[inputs]") {
  Datasets collapsed = external();
  for (const char* name : {"/train_latents", "/eval_latents"})
    for (float& x : collapsed[name].as<float>()) x = 0.25f;
  Told of = told(collapsed);
  CHECK(std::isnan(of.scores.at("state_r2")));
  CHECK_THAT(of.log, Catch::Contains("model.h5: its latents never vary"));
  CHECK(of.scores.at("rate_r2") == 1);  // the same numbers as the true rates
  of = told(external());
  CHECK(std::isfinite(of.scores.at("state_r2")));
  CHECK_THAT(of.log, !Catch::Contains("latents"));
}

// Of LFADS with a controller of one input, at the same value always where it says nothing.
TEST_CASE("inputs: inferred inputs, or recorded ones, that never vary", "[inputs]") {
  const auto lfads = [](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{seed: 0, model: {family: lfads}}", {});
    const std::string cell = "/params/decoder.rnn.cell.gen_cell.";
    file.dataset(cell + "weight_ih", numbers({6, 1}), {});
    file.dataset(cell + "weight_hh", numbers({6, 2}), {});
    for (const char* bias : {"bias_ih", "bias_hh"}) file.dataset(cell + bias, numbers({6}), {});
  };
  const auto held = [](Datasets all, const std::vector<std::string>& names) {
    for (const std::string& name : names)
      for (float& x : all[name].as<float>()) x = 0.5f;
    return all;
  };
  Datasets m = external();
  m["/train_inferred_inputs"] = numbers({6, 8, 1}, 0.2f), m["/eval_inferred_inputs"] = numbers({3, 8, 1});
  Told of = told(m, lfads);
  CHECK(std::isfinite(of.scores.at("input_r2")));
  CHECK(std::isfinite(of.scores.at("input_r2_reverse")));
  CHECK_THAT(of.log, !Catch::Contains("never vary"));
  of = told(held(m, {"/train_inferred_inputs", "/eval_inferred_inputs"}), lfads);
  CHECK(std::isnan(of.scores.at("input_r2")));
  CHECK(std::isfinite(of.scores.at("input_r2_reverse")));
  CHECK_THAT(of.log, Catch::Contains("model.h5: its inferred inputs never vary in validation trials"));
  of = told(m, lfads, held(recording(), {"/train_inputs", "/valid_inputs"}));
  CHECK(std::isfinite(of.scores.at("input_r2")));
  CHECK(std::isnan(of.scores.at("input_r2_reverse")));
  CHECK_THAT(of.log, Catch::Contains("recording.h5: /valid_inputs never vary; input_r2_reverse is NaN"));
}

TEST_CASE("inputs: as many latents as steps fit anything", "[inputs]") {
  Datasets wide = external();
  wide["/train_latents"] = numbers({6, 8, 24}), wide["/eval_latents"] = numbers({3, 8, 24});
  CHECK_THAT(told(wide).log, Catch::Contains("model.h5: 24 latents for 24 steps"));
  wide["/train_latents"] = numbers({6, 8, 12}), wide["/eval_latents"] = numbers({3, 8, 12});
  CHECK_THAT(told(wide).log, !Catch::Contains("12 latents"));
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
  CHECK(Case(recording(), external(), gru(2, 6)).refusal() == "");
  for (const std::string name :
       {"decoder.rnn.cell.gen_cell.", "decoder.gen_cell."}) {  // the latter is a former one
    const auto lfads = [&](Hdf5Writer& file) {
      file.text("/provenance/config_yaml", "{seed: 4, model: {family: lfads}}", {});
      file.dataset("/params/" + name + "weight_ih", numbers({6, 1}), {});
      file.dataset("/params/" + name + "weight_hh", numbers({6, 2}), {});
      for (const char* bias : {"bias_ih", "bias_hh"})
        file.dataset("/params/" + name + bias, numbers({6}), {});
    };
    CHECK(Case(recording(), external(), lfads).refusal() == "");
  }
  CHECK_THAT(Case(recording(), external(), gru(3, 9)).refusal(),
             Catch::Contains("a cell of 3 units with latents of 2"));
  CHECK_THAT(Case(recording(), external(), gru(2, 5)).refusal(),
             Catch::Contains("weight_hh: expected 3 square blocks"));
  const auto unknown = [](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{model: {family: sae, cell: lstm}}", {});
    file.dataset("/params/decoder.cell.weight_hh", numbers({8, 2}), {});
  };
  CHECK_THAT(Case(recording(), external(), unknown).refusal(),
             Catch::Contains("expected a model with a cell gru, vanilla, node or lds, or lfads, got lstm"));
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
  CHECK(reports[0].row[1].text == "reference");
  CHECK(reports[2].row[1].text == "fine");
  CHECK(reports[1].row[2].name == "rate_r2");
  CHECK(std::isnan(reports[1].row[2].value));
  CHECK(reports[2].row[2].value == 1);  // the same numbers as the true rates
}

}  // namespace tsd::compare
