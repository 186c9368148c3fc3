// The recorded network run once more: courses without noise against ctd_data.md 11.1, and what noise
// leaves behind.
#include <numeric>

#include "families/compare/made_up.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::compare {
namespace {

nn::DenseD filled(int rows, int columns, double c) {
  nn::DenseD m(rows, columns);
  for (std::size_t k = 0; k < m.size(); ++k) m.values[k] = 0.5 * std::sin(1.7 * double(k) + c);
  return m;
}

std::vector<double> vector(int n, double c) {
  const nn::DenseD m = filled(1, n, c);
  return {m.values.begin(), m.values.end()};
}

// h' = h
TaskNetwork memory(int units) {
  TaskNetwork n;
  n.cell.type = nn::CellType::lds;
  n.cell.weight_ih = nn::DenseD(units, 1), n.cell.weight_hh = nn::DenseD(units, units);
  for (int i = 0; i < units; ++i) n.cell.weight_hh(i, i) = n.cell.weight_ih(i, 0) = 1;
  n.cell.bias_ih.assign(std::size_t(units), 0), n.cell.bias_hh = n.cell.bias_ih;
  n.initial.assign(std::size_t(units), 0);
  return n;
}

double variance_at(const Series& s, std::int64_t t) {
  double sum = 0;
  for (std::int64_t i = 0; i < s.trials; ++i)
    for (int j = 0; j < s.width; ++j) sum += std::pow(double(s.row(i * s.steps + t)[j]), 2);
  return sum / double(s.trials * s.width);
}

// A ctd_task run of a vanilla network of 4 units and 1 input.
void write_run(const std::filesystem::path& folder, const std::string& type) {
  std::filesystem::create_directories(folder);
  Hdf5Writer file(folder / "results.h5");
  file.text("/provenance/config_yaml",
            "{task: NBFF, nbff: {dynamic_noise: 0}, model: {type: " + type +
                ", noise_level: 0.1, latent_ic_var: 0.2}}",
            {});
  const std::string at = "/runs/0/params/cell.";
  file.dataset(at + "weight_ih", numbers({4, 1}), {}), file.dataset(at + "weight_hh", numbers({4, 4}), {});
  file.dataset(at + "bias_ih", numbers({4}), {}), file.dataset(at + "bias_hh", numbers({4}), {});
  file.close();
}

}  // namespace

TEST_CASE("task network: without noise it takes its cell's course", "[resimulate]") {
  TaskNetwork n;
  n.cell.weight_ih = filled(9, 2, 0.1), n.cell.weight_hh = filled(9, 3, 0.2);
  n.cell.bias_ih = vector(9, 0.3), n.cell.bias_hh = vector(9, 0.4);
  n.initial = {0.2, -0.4, 0.9};
  const Series inputs{1, 2, 2, {0.3f, -0.7f, 0.3f, -0.7f}};
  const Series h = roll_out(n, inputs, {}, 0, "train", 1);
  const std::vector<double> expected = {-0.170926033, -0.357447540, 0.867106905,
                                        -0.294675020, -0.274690413, 0.854571278};
  REQUIRE(h.values.size() == expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) CHECK(h.values[k] == Approx(expected[k]).margin(2e-7));
}

TEST_CASE("task network: noise adds up in a network that only remembers", "[resimulate]") {
  const TaskNetwork n = memory(4);
  Series inputs{2000, 6, 1, {}};
  inputs.values.assign(12000, 0);
  const NetworkNoise noise{0.5, 0.1, 0.3};
  const Series h = roll_out(n, inputs, noise, 3, "train", 1);
  // An input is shared by the units of a trial, so 2000 independent numbers: 4 standard errors of a variance.
  for (const std::int64_t t : {0, 5})
    CHECK(variance_at(h, t) ==
          Approx(0.25 + double(t + 1) * (0.01 + 0.09)).epsilon(4 * std::sqrt(2.0 / 2000)));
  CHECK(variance_at(roll_out(n, inputs, {0.5, 0, 0}, 3, "train", 1), 5) ==
        Approx(0.25).epsilon(4 * std::sqrt(2.0 / 8000)));
  CHECK(roll_out(n, inputs, noise, 3, "train", 3).values == h.values);
  CHECK(roll_out(n, inputs, noise, 4, "train", 1).values != h.values);
  CHECK(roll_out(n, inputs, noise, 3, "valid", 1).values != h.values);
}

TEST_CASE("task network: a run tells its noise, and latents are its own then", "[resimulate]") {
  Case c(recording(), external());
  write_run(c.folder / "vanilla", "Vanilla_RNN");
  write_run(c.folder / "noisy", "NoisyGRU");
  const TaskNetwork quiet = read_task_network((c.folder / "vanilla").string());
  CHECK(quiet.noise->step == 0);
  CHECK(quiet.noise->initial == 0);
  const TaskNetwork noisy = read_task_network((c.folder / "noisy").string());
  CHECK(noisy.noise->step == 0.1);
  CHECK(noisy.noise->initial == 0.2);
  ReferenceSettings& settings = c.config.reference;
  settings.task_model = (c.folder / "vanilla").string();
  const Reference stored = read_reference(settings);
  CHECK(stored.train_latents.values[0] == Approx(1));
  settings.latents = ReferenceLatents::resimulate;
  const Reference anew = read_reference(settings);
  CHECK(anew.train_latents.values == roll_out(quiet, stored.train_inputs, {}, 0, "", 1).values);
  CHECK(anew.val_spikes.values == stored.val_spikes.values);
}

TEST_CASE("task network: what can't be simulated again is refused", "[resimulate]") {
  Datasets r = recording();
  Case c(r, external());
  c.config.reference.latents = ReferenceLatents::resimulate;
  c.config.reference.task_model = (c.folder / "weights.safetensors").string();
  Arrays weights;
  for (const auto& [name, shape] : {std::pair<std::string, Shape>{"weight_ih", {4, 1}},
                                    {"weight_hh", {4, 4}},
                                    {"bias_ih", {4}},
                                    {"bias_hh", {4}}}) {
    weights.push_back(numbers(shape));
    weights.back().name = "cell." + name;
  }
  write_safetensors(*c.config.reference.task_model, {weights, {}});
  CHECK_THAT(c.refusal(), Catch::Contains("expected a run directory of ctd_task"));
  r["/train_joints"] = numbers({6, 8, 4});
  write(c.folder / "recording.h5", r);
  CHECK_THAT(c.refusal(), Catch::Contains("expected whole trials of a network without environment"));
}

}  // namespace tsd::compare
