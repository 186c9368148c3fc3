// Circuits taken step by step, from a config under configs/ with overrides.
#pragma once
#include <array>
#include <numeric>

#include "families/microcircuit/experiment.hpp"
#include "families/microcircuit/model/initial.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/families/microcircuit.hpp"

namespace tsd::microcircuit {

inline Config config_of(const std::filesystem::path& path, const std::vector<std::string>& overrides = {},
                        std::optional<int> index = std::nullopt) {
  const std::array families = {family()};
  const RunConfig run = ConfigFile(path, families).resolve(index, overrides);
  return static_cast<const MicrocircuitConfiguration&>(*run.configuration).config();
}

inline Config published(const std::string& name, const std::vector<std::string>& overrides = {},
                        std::optional<int> index = std::nullopt) {
  return config_of(std::filesystem::path(TSD_SOURCE_DIR) / "configs/microcircuit" / (name + ".yaml"),
                   overrides, index);
}

// A run's results in memory: every stretch of the schedule, one after the other.
class Finished {
 public:
  explicit Finished(const Config& config, int threads = 2) : experiment(config, context(threads)) {
    for (std::int64_t step = 0; step < experiment.total_steps(); ++step) experiment.step();
    state = experiment.state();
    weights = experiment.weights();
  }
  double weight(const std::string& name, std::size_t element) const {
    return find(weights, name).as<double>()[element];
  }
  std::span<const double> series(const std::string& seed, const std::string& name) const {
    return find(state, "students/" + seed + "/record/" + name).as<double>();
  }

  static RunContext context(int threads = 2) {
    RunContext context;
    context.threads = threads;
    return context;
  }

  MicrocircuitExperiment experiment;
  Arrays state, weights;
};

// One student, its backend to choose.
struct Simulated {
  explicit Simulated(const Config& with, bool torch = false)
      : config(with),
        circuit(config),
        layout(circuit),
        material(make_material(config, 0)),
        generator(stream(config.rng, material.seeds[0], "run")),
        order(static_cast<std::size_t>(config.dataset_size)),
        group(torch ? torch_group(layout, {{&circuit, &generator}}, "cpu")
                    : native_group(layout, {{&circuit, &generator}})) {
    std::iota(order.begin(), order.end(), 0);
    group->load(0, initial_state(circuit, layout, student_ranges(config), config.init_in_SPS, config.rng,
                                 material.seeds[0]));
  }

  State state() const { return group->save(0); }

  void settle(std::int64_t steps) {
    for (std::int64_t step = 0; step < steps; ++step) {
      show(step / config.presentation_steps());
      group->advance(1, {}, false);
    }
  }

  void begin_epoch() { generator.shuffle(std::span(order)); }

  // Steps of the present epoch, from its first sample.
  void learn(std::int64_t steps) {
    const bool taught = !material.shown.target.empty();
    for (std::int64_t step = 0; step < steps; ++step) {
      const std::int64_t sample = order[static_cast<std::size_t>(step / config.presentation_steps())];
      show(sample);
      if (taught) group->set_target(0, row(material.shown.target, circuit.n.back(), sample));
      group->advance(1, {taught, true, true}, taught);
    }
  }

  void show(std::int64_t sample) {
    group->set_input(0, row(material.shown.input, circuit.n.front(), sample));
  }

  static std::span<const double> row(const std::vector<double>& rows, int width, std::int64_t at) {
    return std::span(rows).subspan(static_cast<std::size_t>(at * width), static_cast<std::size_t>(width));
  }

  Config config;
  Circuit circuit;
  Layout layout;
  Material material;
  NumpyLegacy generator;
  std::vector<std::int64_t> order;
  std::unique_ptr<Group> group;
};

}  // namespace tsd::microcircuit
