// Searches that begin in a moment of a task, where others ended, or at the reference's fixed points; and
// scores of outputs with dropout.
#include <numeric>

#include "families/ctd/compare/made_up.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::compare {
namespace {

Array vector_of(const std::string& name, std::vector<float> values, Shape shape) {
  return make_array<float>(name, std::span<const float>(values), std::move(shape));
}

template <class T>
Array integers(std::vector<T> values, Shape shape) {
  return make_array<T>("", std::span<const T>(values), std::move(shape));
}

Arrays vanilla(const std::string& prefix, float of_state, float of_input) {
  return {vector_of(prefix + "weight_ih", {of_input}, {1, 1}),
          vector_of(prefix + "weight_hh", {of_state}, {1, 1}), vector_of(prefix + "bias_ih", {0}, {1}),
          vector_of(prefix + "bias_hh", {0}, {1})};
}

Array latents(int trials, float scale) {
  std::vector<float> values;
  for (int k = 0; k < trials * 8; ++k) values.push_back(scale * std::sin(1.3f * float(k)));
  return vector_of("", values, {trials, 8, 1});
}

// One unit. A model that is the network seen in a mirror.
struct Mirrored : Case {
  Mirrored(float of_state, float of_input, Datasets more = {}) : Case(with(std::move(more)), external()) {
    config.reference.task_model = (folder / "network.safetensors").string();
    write_safetensors(*config.reference.task_model, {vanilla("cell.", of_state, of_input), {}});
    Datasets model = external();
    model["/train_latents"] = latents(6, -1), model["/eval_latents"] = latents(3, -1);
    write(folder / "model.h5", model, [&](Hdf5Writer& file) {
      file.text("/provenance/config_yaml", "{seed: 0, model: {family: sae, cell: vanilla}}", {});
      for (const Array& a : vanilla("", of_state, -of_input))
        file.dataset("/params/decoder.cell." + a.name, a, {});
    });
    FixedPointSettings& f = config.fixed_points;
    f.n_inits = 40, f.lr = 0.02, f.max_iters = 150, f.newton_steps = 30, f.q_thresh = 1e-16;
  }
  static Datasets with(Datasets more) {
    Datasets all = recording();
    all["/train_latents"] = latents(6, 1), all["/valid_latents"] = latents(3, 1);
    for (auto& [name, array] : more) all[name] = array;
    return all;
  }
};

// 3 validation trials: two of task b, whose fourth phase begins at steps 2 and 5.
Datasets of_tasks() {
  std::vector<std::int32_t> phases(3 * 6 * 2, -1);
  const auto set = [&](std::size_t trial, std::size_t phase, std::int32_t begin, std::int32_t end) {
    phases[(trial * 6 + phase) * 2] = begin, phases[(trial * 6 + phase) * 2 + 1] = end;
  };
  set(0, 0, 0, 4), set(1, 3, 2, 4), set(2, 3, 5, 8), set(1, 5, 4, 8);
  std::vector<float> inputs(24, 0);
  inputs[8 + 2] = 0.1f, inputs[8 + 4] = 0.5f;
  return {{"/valid_phases", integers(phases, {3, 6, 2})},
          {"/valid_timing", vector_of("", {0, -1, 1, 3, 2, 6}, {3, 2})},  // of cues, in the second column
          {"/valid_cond", integers(std::vector<std::int64_t>{0, 1, 1}, {3})},
          {"/valid_true_inputs", vector_of("", inputs, {3, 8, 1})}};
}

void add_names(const Case& c, Datasets all) {
  write(c.folder / "recording.h5", all, [](Hdf5Writer& file) {
    file.strings("/task_names", {"a", "b"}, {});
  });
}

}  // namespace

TEST_CASE("starts: steps of a task's phases, behind the training trials", "[starts]") {
  Mirrored c(0.5f, 1, of_tasks());
  add_names(c, Mirrored::with(of_tasks()));
  const Reference r = read_reference(c.config.reference);
  using Steps = std::vector<std::int64_t>;
  CHECK(open_rows(r, {}, false).size() == 72);
  CHECK(open_rows(r, {"b", {"stim2"}}, false) == Steps{48 + 10, 48 + 11, 48 + 21, 48 + 22, 48 + 23});
  CHECK(open_rows(r, {std::nullopt, {"context", "response"}}, false) ==
        Steps{48, 49, 50, 51, 48 + 12, 48 + 13, 48 + 14, 48 + 15});
  CHECK(open_rows(r, {"a", {}}, false).size() == 8);
  CHECK(open_rows(r, {std::nullopt, {"after_cue"}}, false) ==
        Steps{48 + 11, 48 + 12, 48 + 13, 48 + 14, 48 + 15, 48 + 22, 48 + 23});
  CHECK(input_at(r, {"b", {"stim2"}}) == std::vector<float>{0.1f});
  CHECK(input_at(r, {"b", {"response"}}) == std::vector<float>{0.5f});
  CHECK_THROWS_AS(open_rows(r, {"c", {}}, false), DataError);
  CHECK_THROWS_AS(open_rows(r, {"a", {"mem1"}}, false), DataError);
}

TEST_CASE("starts: a recording without phases is refused before any work", "[starts]") {
  Mirrored c(0.5f, 1);
  c.config.fixed_points.phases = {"mem1"};
  CHECK_THAT(c.refusal(), Catch::Contains("/valid_phases is missing"));
}

TEST_CASE("starts: with each state's own input the network goes without noise, a model as it was",
          "[starts]") {
  const std::vector<float> none(48, 0);
  const Datasets quiet = {
      {"/train_true_inputs", vector_of("", none, {6, 8, 1})},
      {"/valid_true_inputs", vector_of("", {none.begin(), none.begin() + 24}, {3, 8, 1})}};
  for (const bool told : {true, false}) {
    Mirrored c(0.5f, 1, told ? quiet : Datasets());
    c.config.fixed_points.inputs = {"trials"};
    const Hdf5Reader file(results_of(c));
    const auto states = values(file, "/fp/reference/trials/x_init"),
               inputs = values(file, "/fp/reference/trials/inputs"),
               fitted = values(file, "/fp/vanilla1_s0/trials/x_init");
    // At no input the network stays at rest.
    CHECK(std::ranges::all_of(states, [](double x) { return x == 0; }) == told);
    CHECK(std::ranges::all_of(inputs, [](double u) { return u == 0; }) == told);
    CHECK(std::ranges::any_of(fitted, [](double x) { return x != 0; }));
  }
}

TEST_CASE("stages: a mirrored model has the network's fixed points where the map takes them", "[starts]") {
  Mirrored c(2, 0);
  c.config.fixed_points.from_reference = true;
  const Hdf5Reader file(results_of(c));
  const std::string group = "/fp/vanilla1_s0/zeros_from_reference/";
  const auto from = values(file, group + "x_init"), to = values(file, group + "xstar");
  REQUIRE(from.size() == 3);  // -0.9575, 0 and 0.9575
  for (std::size_t k = 0; k < 3; ++k) CHECK(from[k] == Approx(to[k]).margin(1e-6));
  CHECK(*std::ranges::max_element(to) == Approx(0.957504024).margin(1e-9));
  const auto distance = values(file, group + "match/distance"),
             spectrum = values(file, group + "match/spectrum");
  REQUIRE(distance.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(distance[k] < 1e-6);
    CHECK(spectrum[k] < 1e-12);
  }
}

namespace {

// A model whose last input is inferred.
void write_lfads(const std::filesystem::path& path, std::int64_t inputs) {
  Datasets model = external();
  model["/train_latents"] = latents(6, -1), model["/eval_latents"] = latents(3, -1);
  model["/train_inferred_inputs"] = numbers({6, 8, 1}), model["/eval_inferred_inputs"] = numbers({3, 8, 1});
  write(path, model, [inputs](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{seed: 0, model: {family: lfads}}", {});
    const std::string cell = "/params/decoder.rnn.cell.gen_cell.";
    file.dataset(cell + "weight_ih", numbers({3, inputs}), {});
    file.dataset(cell + "weight_hh", numbers({3, 1}), {});
    for (const char* bias : {"bias_ih", "bias_hh"}) file.dataset(cell + bias, numbers({3}), {});
  });
}

}  // namespace

// The vector is of as many inputs as the model has, with its inferred one; the network has one.
TEST_CASE("stages: at inputs that the reference does not take nothing is brought from it", "[starts]") {
  Mirrored c(2, 0);
  write_lfads(c.folder / "model.h5", 2);
  FixedPointSettings& f = c.config.fixed_points;
  f.from_reference = true, f.vectors = {{0.1, 0.2}};
  const Hdf5Reader file(results_of(c));
  CHECK_FALSE(file.exists("/fp/reference/vector_0"));
  CHECK(file.exists("/fp/lfads1_s0/vector_0"));
  CHECK(file.exists("/fp/lfads1_s0/zeros_from_reference"));
  CHECK_FALSE(file.exists("/fp/lfads1_s0/vector_0_from_reference"));
}

// h = tanh(h / 2 + u): u follows from h.
TEST_CASE("stages: fixed points are followed from one moment's input to another's", "[starts]") {
  Mirrored c(0.5f, 1, of_tasks());
  add_names(c, Mirrored::with(of_tasks()));
  FixedPointSettings& f = c.config.fixed_points;
  f.inputs = {}, f.task = "b", f.phases = {"stim2"}, f.to_phase = "response", f.way_points = 3;
  // Each of three rounds prepares two searches, advances them twice and looks at both: in the second's
  // middle.
  const auto whole = results_of(c), resumed = results_of(c, 9);
  const Hdf5Reader file(whole), again(resumed);
  for (const auto& [label, u] : {std::pair{"between_00", 0.1}, {"between_01", 0.3}, {"between_02", 0.5}})
    for (const std::string name : {"reference", "vanilla1_s0"}) {
      const std::string group = "/fp/" + name + "/" + label + "/";
      const auto x = values(file, group + "xstar");
      REQUIRE(x.size() == 40);
      for (const double h : x)
        CHECK(std::atanh(h) - h / 2 == Approx(name == "reference" ? u : -u).margin(1e-7));
      CHECK(values(again, group + "xstar") == x);
      CHECK(values(again, group + "mean_q") == values(file, group + "mean_q"));
    }
  // A later search begins where the one before ended.
  const auto ends = values(file, "/fp/reference/between_00/xstar"),
             begins = values(file, "/fp/reference/between_01/x_init");
  for (const double x : begins)
    CHECK(std::ranges::any_of(ends, [&](double end) { return float(end) == float(x); }));
}

TEST_CASE("stages: the input of a phase, and the way on from it with starts at latents", "[starts]") {
  Mirrored c(0.5f, 1, of_tasks());
  add_names(c, Mirrored::with(of_tasks()));
  FixedPointSettings& f = c.config.fixed_points;
  f.method = SearchMethod::levenberg_marquardt;
  f.inputs = {"phase"}, f.task = "b", f.phases = {"stim2"}, f.to_phase = "response", f.way_points = 3;
  f.way_starts = WayStarts::latents;
  const Hdf5Reader file(results_of(c));
  for (const double h : values(file, "/fp/reference/phase/xstar"))
    CHECK(std::atanh(h) - h / 2 == Approx(0.1).margin(1e-7));
  CHECK(values(file, "/fp/reference/between_02/x_init") == values(file, "/fp/reference/between_00/x_init"));
  CHECK(values(file, "/way/reference/part") == std::vector<double>{0, 0.5, 1});
  const Array stable = file.dataset("/way/reference/n_stable");
  CHECK(std::ranges::all_of(stable.as<std::int64_t>(), [](std::int64_t n) { return n == 1; }));
  CHECK(file.strings("/fp/reference/phase/sets/kind") == std::vector<std::string>{"point"});
  f.relax_steps = 1;
  const Hdf5Reader relaxed(results_of(c, 4));
  const auto before = values(file, "/fp/reference/phase/x_init"),
             after = values(relaxed, "/fp/reference/phase/x_init");
  for (std::size_t k = 0; k < before.size(); ++k)
    CHECK(after[k] == Approx(std::tanh(before[k] / 2 + 0.1)).margin(1e-6));  // float32
}

// Its one input is a controller's, of which a task's input is no value.
TEST_CASE("stages: a model with inferred inputs is not given a task's", "[starts]") {
  Mirrored c(0.5f, 1, of_tasks());
  add_names(c, Mirrored::with(of_tasks()));
  write_lfads(c.folder / "model.h5", 1);
  FixedPointSettings& f = c.config.fixed_points;
  f.inputs = {"zeros", "phase"}, f.task = "b", f.phases = {"stim2"}, f.to_phase = "response",
  f.way_points = 2;
  const Hdf5Reader file(results_of(c));
  CHECK(file.exists("/fp/reference/phase"));
  CHECK(file.exists("/fp/lfads1_s0/zeros"));
  CHECK_FALSE(file.exists("/fp/lfads1_s0/phase"));
  CHECK_FALSE(file.exists("/fp/lfads1_s0/between_00"));
}

TEST_CASE("stages: both methods find the same points, and an interrupted search goes on", "[starts]") {
  std::vector<std::vector<double>> found;
  for (const SearchMethod method : {SearchMethod::adam, SearchMethod::levenberg_marquardt}) {
    Mirrored c(2, 0);
    c.config.fixed_points.method = method;
    const auto whole = results_of(c), resumed = results_of(c, 3);
    const Hdf5Reader file(whole), again(resumed);
    const std::string group = "/fp/reference/zeros/";
    CHECK(values(again, group + "xstar") == values(file, group + "xstar"));
    const Array unique = file.dataset(group + "unique_index");
    std::vector<double> kept;
    for (std::size_t k = 0; k < 40; ++k)
      if (unique.as<std::int64_t>()[k] == std::int64_t(k)) kept.push_back(values(file, group + "xstar")[k]);
    std::ranges::sort(kept);
    found.push_back(kept);
  }
  REQUIRE(found[0].size() == 3);  // -0.9575, 0 and 0.9575
  REQUIRE(found[1].size() == 3);
  for (std::size_t k = 0; k < 3; ++k) CHECK(found[1][k] == Approx(found[0][k]).margin(1e-7));  // q <= 1e-16
}

TEST_CASE("stages: scores with dropout are its outputs', those without stay beside", "[dropout]") {
  Mirrored c(0.5f, 1);
  c.config.metrics.eval_dropout = EvalDropout::reference;
  CHECK_THAT(c.refusal(), Catch::Contains("no outputs with dropout on"));
  Datasets model = external();
  model["/train_latents"] = latents(6, -1), model["/eval_latents"] = latents(3, -1);
  model["/eval_rates"] = numbers({3, 8, 3}, 0.2f);  // not those of the recording, which these are:
  model["/dropout/train_rates"] = numbers({6, 8, 3}), model["/dropout/eval_rates"] = numbers({3, 8, 3});
  model["/dropout/train_latents"] = latents(6, -1), model["/dropout/eval_latents"] = latents(3, -1);
  write(c.folder / "model.h5", model, [](Hdf5Writer& file) {
    file.text("/provenance/config_yaml", "{seed: 0, model: {family: sae, cell: vanilla}}", {});
    for (const Array& a : vanilla("", 0.5f, 1)) file.dataset("/params/decoder.cell." + a.name, a, {});
  });
  c.config.parts = {};
  const Hdf5Reader file(results_of(c));
  CHECK(values(file, "/metrics/rate_r2")[1] == 1);
  // Two thirds of the waves' size: a ninth of the squares is missed, less what the means take.
  CHECK(values(file, "/metrics_nodropout/rate_r2")[1] == Approx(8.0 / 9).margin(0.01));
  CHECK(std::isnan(values(file, "/metrics_nodropout/rate_r2")[0]));
}

}  // namespace tsd::compare
