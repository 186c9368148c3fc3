#include "families/microcircuit/data/material.hpp"

#include "families/microcircuit/data/own_files.hpp"
#include "families/microcircuit/data/yin_yang.hpp"
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

std::vector<double> drawn_input(const Config& config, NumpyLegacy& generator) {
  std::vector<double> input(static_cast<std::size_t>(config.dataset_size) *
                            static_cast<std::size_t>(config.layers.front()));
  for (double& rate : input) rate = generator.random_sample();
  return input;
}

Samples drawn_yin_yang(const Config& config, std::int64_t seed, std::int64_t count) {
  YinYang drawn = yin_yang(static_cast<std::uint32_t>(seed), count);
  const auto target = targets_of(drawn.part, kParts, config.class_targets[0], config.class_targets[1]);
  return {.input = std::move(drawn.input), .target = target, .label = std::move(drawn.part)};
}

// What the teacher ends each presentation with, or its potential of each step.
std::vector<double> taught_by(const Teacher& teacher, std::int64_t steps, int n_N) {
  const auto width = static_cast<std::size_t>(n_N), held = static_cast<std::size_t>(steps);
  std::vector<double> target;
  for (std::size_t last = held - 1; last < teacher.potential.size() / width; last += held)
    for (std::size_t k = 0; k < width; ++k) target.push_back(teacher.potential[last * width + k]);
  return target;
}

void check_that_there_is_no_teacher(const Config& config) {
  if (config.copy_teacher_weights || config.copy_teacher_voltages)
    throw ConfigError("copy_teacher_weights, copy_teacher_voltages: " + *config.input_file +
                      " has the targets, and there is no teacher; expected false, got true");
}

Samples test_samples(const Config& config) {
  Samples tests = read_samples(*config.test_file, config, std::nullopt);
  if (tests.target.empty() || !tests.held)
    throw DataError(*config.test_file + ": expected targets or classes of the samples, got " +
                    (tests.target.empty() ? "none" : "targets of each step"));
  return tests;
}

}  // namespace

Material make_material(const Config& config, std::uint64_t run_seed) {
  Material material;
  const std::int64_t own = seed_32(run_seed);
  material.seeds = config.random_seed;
  if (material.seeds.empty()) material.seeds = {own};
  const bool taught = config.task == Task::fw_bw;
  const std::int64_t first = material.seeds.front();
  material.input_seed = taught ? teacher_seed(config.rng, first) : first;
  material.after_input = stream(config.rng, material.input_seed, "input");
  if (config.task == Task::yin_yang) {
    const auto seeds =
        config.data_seeds.empty() ? std::vector{own, std::int64_t(seed_32(run_seed + 1))} : config.data_seeds;
    material.input_seed = seeds[0];
    material.shown = drawn_yin_yang(config, seeds[0], config.dataset_size);
    material.tests = drawn_yin_yang(config, seeds[1], config.test_size);
  } else if (config.input_file) {
    material.shown = read_samples(*config.input_file, config, config.dataset_size);
    if (config.test_file) material.tests = test_samples(config);
  } else {
    material.shown.input = drawn_input(config, material.after_input);
    material.shown.held = config.facts().holds_targets;
  }
  if (!taught || !material.shown.target.empty()) {
    if (config.input_file) check_that_there_is_no_teacher(config);
  } else {
    material.shown.held = config.facts().holds_targets;
    material.teacher = simulate_teacher(config, material.input_seed, material.shown.input);
  }
  material.target_steps = material.shown.held ? config.presentation_steps() : 1;
  if (material.teacher)
    material.shown.target = taught_by(*material.teacher, material.target_steps, config.layers.back());
  return material;
}

namespace {

std::string about(const std::string& path, const Samples& samples, const Config& config, bool has_teacher) {
  const std::size_t count = samples.input.size() / static_cast<std::size_t>(config.layers.front());
  const std::string text = path + ": " + std::to_string(count) + " samples";
  if (has_teacher) return text + "; targets: a simulated teacher's, since it has no targets or classes";
  if (samples.target.empty()) return text;
  return text + (samples.by_class ? "; targets: its classes, by class_targets" : "; targets: its own");
}

}  // namespace

std::string about_samples(const Config& config, const Material& material) {
  if (!config.input_file) return "";
  const std::string text = about(*config.input_file, material.shown, config, material.teacher.has_value());
  return config.test_file ? text + "; tests: " + about(*config.test_file, *material.tests, config, false)
                          : text;
}

}  // namespace tsd::microcircuit
