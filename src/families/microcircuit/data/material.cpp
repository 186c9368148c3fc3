#include "families/microcircuit/data/material.hpp"

#include "families/microcircuit/data/own_files.hpp"
#include "families/microcircuit/model/group.hpp"
#include "families/microcircuit/model/initial.hpp"
#include "tsd/engine/rng/seed_32.hpp"
#include "tsd/error.hpp"

namespace tsd::microcircuit {

Teacher simulate_teacher(const Config& students, std::int64_t seed, const std::vector<double>& input) {
  Config config = students;
  config.taur.reset();
  const Circuit circuit(config);
  const Layout layout(circuit);
  Teacher teacher;
  teacher.seed = seed;
  teacher.initial = initial_state(circuit, layout, teacher_ranges(config), true, config.rng, seed);
  NumpyLegacy silent;  // a teacher has no noise
  const auto group = cpu_group(layout, {{&circuit, &silent}});
  group->load(0, teacher.initial);
  const auto n_0 = static_cast<std::size_t>(circuit.n.front());
  const std::int64_t S = config.presentation_steps();
  const auto show = [&](std::int64_t step) {
    if (step % S == 0)
      group->set_input(0, std::span(input).subspan(static_cast<std::size_t>(step / S) * n_0, n_0));
  };
  for (std::int64_t step = 0; step < config.settling_steps(); ++step) {
    show(step);
    group->advance(1, {}, false);
  }
  std::int64_t age = config.settling_steps();
  for (std::int64_t step = 0; step < S * config.dataset_size; ++step, ++age) {
    show(step);
    const auto potential = group->read(0, layout.activity[static_cast<std::size_t>((age + 1) % 2)].ub.back());
    teacher.potential.insert(teacher.potential.end(), potential.begin(), potential.end());
    group->advance(1, {}, false);
  }
  teacher.final = group->save(0);
  return teacher;
}

namespace {

void draw_input(const Config& config, Material& material) {
  material.input.resize(static_cast<std::size_t>(config.dataset_size) *
                        static_cast<std::size_t>(config.layers.front()));
  for (double& rate : material.input) rate = material.after_input.random_sample();
}

Material without_teacher(const Config& config, Material material) {
  if (config.copy_teacher_weights || config.copy_teacher_voltages)
    throw ConfigError("copy_teacher_weights, copy_teacher_voltages: " + *config.input_file +
                      " has the targets, and there is no teacher; expected false, got true");
  return material;
}

}  // namespace

Material make_material(const Config& config, std::uint64_t run_seed) {
  Material material;
  material.seeds = config.random_seed;
  if (material.seeds.empty()) material.seeds = {seed_32(run_seed)};
  const bool taught = config.task == Task::fw_bw;
  const std::int64_t first = material.seeds.front();
  material.input_seed = taught ? teacher_seed(config.rng, first) : first;
  material.after_input = stream(config.rng, material.input_seed, "input");
  material.target_steps = config.facts().holds_targets ? config.presentation_steps() : 1;
  bool has_target = false;
  if (config.input_file) {
    auto [input, target] = read_samples(*config.input_file, config);
    has_target = target.has_value();
    material.input = std::move(input);
    if (target) material.target = std::move(*target);
  } else {
    draw_input(config, material);
  }
  if (!taught || has_target) return without_teacher(config, std::move(material));
  material.teacher = simulate_teacher(config, material.input_seed, material.input);
  const auto n_N = static_cast<std::size_t>(config.layers.back());
  const auto held = static_cast<std::size_t>(material.target_steps);
  for (std::size_t last = held - 1; last < material.teacher->potential.size() / n_N; last += held)
    for (std::size_t k = 0; k < n_N; ++k)
      material.target.push_back(material.teacher->potential[last * n_N + k]);
  return material;
}

}  // namespace tsd::microcircuit
