// Trained streams to start from: what one run has learnt is what another begins with.
#include <functional>

#include "families/dual_stream/data/start_file.hpp"
#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::dual_stream::test {
namespace {

using namespace tsd::test;

Config several_config() {
  Config c = distribution_config();
  c.fast = FastName::distr_learner_mu;
  c.fast_config.max_nunits = 52;  // the last of the groups is smaller
  c.fast_config.k = 0.1;
  c.n_runs = 2;
  return c;
}

// A state under the names of the original, unit by unit.
Arrays tensors_of(const std::string& checkpoint, const ModelSpec& model, const Layout& layout,
                  const std::vector<float>& state) {
  Arrays all;
  const auto add = [&](const std::string& name, std::vector<float> values, Shape shape) {
    all.push_back(make_array<float>(checkpoint + "/" + name, values, std::move(shape)));
  };
  const auto slice = [&](std::size_t at, std::size_t size) {
    const auto first = state.begin() + static_cast<std::ptrdiff_t>(at);
    return std::vector<float>(first, first + static_cast<std::ptrdiff_t>(size));
  };
  for (std::size_t l = 0; l < layout.W.size(); ++l) {
    const std::string layer = "SlowModel.layers." + std::to_string(l);
    add(layer + ".weight", slice(layout.fast_size + layout.W[l].offset, layout.W[l].size()),
        layout.W[l].shape);
    add(layer + ".bias", slice(layout.fast_size + layout.b[l].offset, layout.b[l].size()), layout.b[l].shape);
  }
  const Fast& f = model.fast;
  const std::int64_t D = f.D, K = f.K;
  if (f.kind != FastKind::distribution) {
    const bool clustering = f.kind == FastKind::clustering;
    add("FastModel.Distance.weight", slice(layout.position.offset, layout.position.size()), {f.N, D});
    add("FastModel.DimensionWiseAttnLayer.weight", slice(layout.attention.offset, layout.attention.size()),
        {1, D});
    add("FastModel.ClsLayer.weight", slice(layout.association.offset, layout.association.size()), {f.N, K});
    add(clustering ? "FastModel.MaskNonRecruit.weight" : "FastModel.MaskLayer.active_units",
        slice(layout.active.offset, layout.active.size()), clustering ? Shape{1, f.N} : Shape{f.N});
    return all;
  }
  std::vector<float> U, L, W, active;
  for (int unit = 0; unit < f.units; ++unit) {
    const auto group = static_cast<std::size_t>(unit / f.recruits);
    for (std::size_t m = 0; m < static_cast<std::size_t>(D); ++m) {
      U.push_back(state[layout.position.offset + group * static_cast<std::size_t>(D) + m]);
      for (std::size_t k = 0; k < static_cast<std::size_t>(D); ++k)
        L.push_back(m == k ? state[layout.attention.offset + group * static_cast<std::size_t>(D) + m] : 0);
    }
    for (std::size_t k = 0; k < static_cast<std::size_t>(K); ++k)
      W.push_back(state[layout.association.offset + group * static_cast<std::size_t>(K) + k]);
    active.push_back(static_cast<float>(group) < state[layout.active.offset]);
  }
  add("FastModel.MultiVariateAttn.units", U, {f.units, D});
  add("FastModel.MultiVariateAttn.attn", L, {f.units, D, D});
  add("FastModel.ClsLayer.weight", W, {f.units, K});
  add("FastModel.MaskNonRecruit.active_units", active, {f.units});
  return all;
}

}  // namespace

TEST_CASE("dual stream start file: states come back", "[dual_stream]") {
  Config multiunit = multiunit_config();
  multiunit.fast_config.n_units = 400;
  multiunit.fast_config.k = 0.02;
  Config single = distribution_config();
  for (Config c : {clustering_config(), multiunit, single, several_config()}) {
    c.n_runs = 2;
    CAPTURE(static_cast<int>(c.fast));
    Simulation trained(c);
    trained.run(0, 0, 8);
    const TemporaryDirectory folder;
    TensorFile file;
    std::vector<std::vector<float>> states;
    for (std::size_t run = 0; run < 2; ++run) {
      states.push_back(trained.group->save(run));
      for (Array& a : tensors_of("run" + std::to_string(run), trained.model, trained.layout, states.back()))
        file.arrays.push_back(std::move(a));
    }
    write_safetensors(folder / "start.safetensors", file);
    auto fresh = initial_states(c, 2, trained.model, trained.layout, 1);
    REQUIRE(fresh != states);
    const auto start = start_from(folder / "start.safetensors", trained.model, trained.layout,
                                  trained.stimuli.problems, fresh);
    CHECK((start.has_fast && start.has_slow));
    CHECK(fresh == states);
  }
}

TEST_CASE("dual stream start file: one checkpoint is for all, a stream that it lacks keeps its own",
          "[dual_stream]") {
  Config c = clustering_config();
  c.n_runs = 2;
  Simulation trained(c);
  trained.run(0, 0, 8);
  const TemporaryDirectory folder;
  TensorFile file;
  for (Array& a : tensors_of("any", trained.model, trained.layout, trained.group->save(1)))
    if (a.name.find("SlowModel") != a.name.npos) file.arrays.push_back(std::move(a));
  write_safetensors(folder / "start.safetensors", file);
  const auto before = initial_states(c, 2, trained.model, trained.layout, 1);
  auto states = before;
  const auto start = start_from(folder / "start.safetensors", trained.model, trained.layout,
                                trained.stimuli.problems, states);
  CHECK((!start.has_fast && start.has_slow));
  const auto fast_of = [&](const std::vector<float>& s) {
    return std::vector<float>(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(trained.layout.fast_size));
  };
  CHECK(fast_of(states[0]) == fast_of(before[0]));
  CHECK(states[0] == states[1]);
}

TEST_CASE("dual stream start file: what does not fit is told by its tensor", "[dual_stream]") {
  const Config c = several_config();
  const Simulation s(c);
  const auto problem = [&](const std::string& checkpoint,
                           const std::function<void(Arrays&)>& change) -> std::string {
    const TemporaryDirectory folder;
    Arrays arrays = tensors_of(checkpoint, s.model, s.layout, s.group->save(0));
    if (checkpoint != "run0") arrays.push_back(make_array<float>("run7/x", std::vector<float>{0}));
    change(arrays);
    write_safetensors(folder / "start.safetensors", {arrays, {}});
    auto states = initial_states(c, 2, s.model, s.layout, 1);
    try {
      start_from(folder / "start.safetensors", s.model, s.layout, s.stimuli.problems, states);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  const auto nothing = [](Arrays&) {};
  CHECK(problem("run0", nothing).empty());
  CHECK_THAT(problem("run1", nothing),
             Catch::Contains("or new_stimuli_run0 or run0 among several, got none"));
  CHECK_THAT(problem("run0", [](Arrays& a) { a.erase(a.begin()); }),
             Catch::Contains("run0: expected a tensor SlowModel.layers.0.weight, got none"));
  CHECK_THAT(problem("run0",
                     [](Arrays& a) {
                       a[0].shape = {2, 25};
                     }),
             Catch::Contains("SlowModel.layers.0.weight: expected f32 [25, 2], got f32 [2, 25]"));
  CHECK_THAT(
      problem("run0", [](Arrays& a) { a.push_back(make_array<float>("run0/more", std::vector<float>{1})); }),
      Catch::Contains("more: expected a tensor of these streams"));
  CHECK_THAT(problem("run0",
                     [](Arrays& a) {
                       for (Array& array : a)
                         if (array.name.ends_with("units")) array.as<float>()[3] = 1;
                     }),
             Catch::Contains("start.safetensors: run0: FastModel.M"));
}

}  // namespace tsd::dual_stream::test
