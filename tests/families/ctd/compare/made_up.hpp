// Small recordings and models of them, as files.
#pragma once
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "families/ctd/compare/experiment.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {

using Datasets = std::map<std::string, Array>;

inline Array numbers(Shape shape, float first = 0.3f) {
  std::vector<float> values(static_cast<std::size_t>(count(shape)));
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = 1 + first * std::sin(float(k) * 1.7f);
  return make_array<float>("", std::span<const float>(values), std::move(shape));
}

inline Array counts(Shape shape) {
  Array all = numbers(std::move(shape), 2);
  for (float& x : all.as<float>()) x = std::floor(std::fabs(x));
  return all;
}

// 6 and 3 trials of 8 steps, 4 units, 3 neurons, 2 held-in, 1 input.
inline Datasets recording() {
  Datasets all;
  for (const auto& [part, n] : {std::pair<std::string, int>{"/train_", 6}, {"/valid_", 3}}) {
    all[part + "latents"] = numbers({n, 8, 4}), all[part + "inputs"] = numbers({n, 8, 1});
    all[part + "activity"] = numbers({n, 8, 3}), all[part + "recon_data"] = counts({n, 8, 3});
    all[part + "encod_data"] = counts({n, 8, 2});
  }
  return all;
}

inline Datasets external() {
  Datasets all;
  for (const auto& [part, n] : {std::pair<std::string, int>{"/train_", 6}, {"/eval_", 3}})
    all[part + "latents"] = numbers({n, 8, 2}), all[part + "rates"] = numbers({n, 8, 3});
  return all;
}

inline void write(const std::filesystem::path& path, const Datasets& datasets,
                  const std::function<void(Hdf5Writer&)>& more = {}) {
  Hdf5Writer file(path);
  for (const auto& [name, array] : datasets) file.dataset(name, array, {});
  if (more) more(file);
  file.close();
}

struct Case {
  tsd::test::TemporaryDirectory folder;
  Config config;

  Case(const Datasets& reference, const Datasets& model, const std::function<void(Hdf5Writer&)>& more = {}) {
    write(folder / "recording.h5", reference);
    write(folder / "model.h5", model, more);
    config.reference.recording = (folder / "recording.h5").string();
    config.models.files = {(folder / "model.h5").string()};
    config.parts = {"fixed_points"};
  }
  std::string refusal() const {
    try {
      CompareExperiment experiment(config, {});
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }
};

// x_{t+1} = M x_t over trials from different states.
inline Series linear_series(const math::DenseD& m, int trials, int steps) {
  Series s{trials, steps, m.rows, {}};
  for (int k = 0; k < trials; ++k) {
    math::DenseD x(1, m.rows);
    for (int i = 0; i < m.rows; ++i) x(0, i) = std::cos(1.3 * k + i);
    for (int t = 0; t < steps; ++t) {
      for (int i = 0; i < m.rows; ++i) s.values.push_back(static_cast<float>(x(0, i)));
      x = product(x, math::Form::plain, m, math::Form::transposed);
    }
  }
  return s;
}

// Of a whole comparison; if asked for, interrupted before one of its steps.
inline std::filesystem::path results_of(const Case& c, std::int64_t interrupted_at = -1) {
  auto experiment = std::make_unique<CompareExperiment>(c.config, RunContext{});
  for (std::int64_t k = 0; k < experiment->total_steps(); ++k) {
    if (k == interrupted_at) {
      const Arrays state = experiment->state();
      experiment = std::make_unique<CompareExperiment>(c.config, RunContext{});
      experiment->restore(state);
    }
    experiment->step();
  }
  const auto path = c.folder / ("results_" + std::to_string(interrupted_at) + ".h5");
  Hdf5Writer file(path);
  experiment->write_results(file);
  file.close();
  return path;
}

// What is logged while something is done.
inline std::string log_of(const Case& c, const std::function<void()>& work) {
  const auto path = c.folder / "run.log";
  {
    const RunLog log(path);
    const RunLog::Scope scope(log);
    work();
  }
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<double> values(const Hdf5Reader& file, const std::string& path) {
  const Array a = file.dataset(path);
  if (a.dtype == DType::f32) return {a.as<float>().begin(), a.as<float>().end()};
  return {a.as<double>().begin(), a.as<double>().end()};
}

}  // namespace tsd::compare
