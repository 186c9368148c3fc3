// ctd_task.md 11.7 and 11.8, with the weights of the reference's repository. They run where
// scripts/reference/converters/ctd_task_weights.py has put them: $TSD_REFERENCE/ctd-task/<name>.safetensors.

#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <optional>

#include "families/ctd/task/plain/model.hpp"
#include "support/catch.hpp"
#include "tsd/io/safetensors.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::ctd_task {
namespace {

std::optional<std::vector<float>> published(const std::string& name, const ModelSpec& spec) {
  const char* folder = std::getenv("TSD_REFERENCE");
  const auto path = std::filesystem::path(folder ? folder : "") / "ctd-task" / (name + ".safetensors");
  if (!folder || !std::filesystem::exists(path)) {
    WARN("skipped: no " + name + ".safetensors in $TSD_REFERENCE/ctd-task");
    return std::nullopt;
  }
  return from_arrays(Layout(spec), read_safetensors(path, Checksum::if_present).arrays, path.string());
}

ModelSpec model(ModelType type, int H, const Task& task) {
  ModelSpec spec;
  spec.type = type, spec.H = H;
  spec.I = shape_of(task).network_inputs(), spec.O = shape_of(task).actions;
  return spec;
}

Noise silence() {
  Noise noise;
  noise.on = false;
  return noise;
}

// Trials in order of generation.
std::vector<std::int64_t> generated(const Dataset& data, std::int64_t first, std::int64_t n) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = first; i < first + n; ++i)
    rows.push_back(std::find(data.index.begin(), data.index.end(), i) - data.index.begin());
  return rows;
}

// All of a split in one data set, so that the first trials are there whatever the split.
Dataset joined(const Task& task, std::int64_t n_samples, std::uint64_t seed) {
  Split split = make_split(task, n_samples, seed, true);
  Dataset& all = split.train;
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(all.ics, split.valid.ics);
  append(all.inputs, split.valid.inputs);
  append(all.true_inputs, split.valid.true_inputs);
  append(all.targets, split.valid.targets);
  append(all.inputs_to_env, split.valid.inputs_to_env);
  append(all.extra, split.valid.extra);
  append(all.weights, split.valid.weights);
  append(all.index, split.valid.index);
  append(all.lengths, split.valid.lengths);
  all.N += split.valid.N;
  return std::move(all);
}

struct At {
  int t;
  std::vector<double> y;
  double norm = -1;  // of the latents; negative: not known
};
void check(const Rollout& r, const ModelSpec& spec, const std::vector<At>& expected) {
  for (const At& e : expected) {
    CAPTURE(e.t);
    const auto t = static_cast<std::size_t>(e.t);
    for (std::size_t k = 0; k < e.y.size(); ++k)
      CHECK(r.actions[t * static_cast<std::size_t>(spec.O) + k] == Approx(e.y[k]).margin(2e-5));
    double squares = 0;
    const auto H = static_cast<std::size_t>(spec.H);
    for (std::size_t k = 0; k < H; ++k) squares += std::pow(double(r.latents[t * H + k]), 2);
    if (e.norm >= 0) CHECK(std::sqrt(squares) == Approx(e.norm).margin(2e-5));
  }
}

Rollout noiseless(const ModelSpec& spec, const Task& task, const std::vector<float>& parameters,
                  const Dataset& data, const std::vector<std::int64_t>& trials) {
  Batch batch{&data, trials};
  batch.noiseless_inputs = true;
  Rollout rollout;
  native_backend(spec, task, 1)->run(parameters, batch, silence(), &rollout);
  return rollout;
}

}  // namespace

TEST_CASE("ctd published: flip-flop of April 2024", "[ctd_task][published]") {
  const Task task = Nbff{};
  const ModelSpec spec = model(ModelType::NoisyGRU, 64, task);
  const auto parameters = published("nbff_20240418", spec);
  if (!parameters) return;
  const Dataset data = joined(task, 1000, 100);
  check(noiseless(spec, task, *parameters, data, generated(data, 0, 1)), spec,
        {{8, {-0.00664334, -0.0151558, -0.153404}, 3.668898},
         {28, {0.00850697, -0.0198787, 0.64753}, 3.091850},
         {45, {-0.046364, -0.00551933, 1.05366}},
         {499, {-0.0621064, -0.0372088, 1.05734}, 4.223522}});

  // In double precision: loss, gradient norms.
  const auto first = generated(data, 0, 8);
  const Batch batch{&data, first};
  const Layout layout(spec);
  const auto flat = torch::tensor(std::vector<double>(parameters->begin(), parameters->end()), torch::kDouble)
                        .requires_grad_();
  const auto course = run(spec, task, layout, flat, batch, silence());
  const auto loss = loss_of(spec, task, batch, course).total;
  CHECK(loss.item<double>() == Approx(0.01638572839).epsilon(1e-8));
  loss.backward();
  const std::pair<const char*, double> norms[] = {
      {"latent_ics", 1.3693288e-4},  {"cell.weight_ih", 0.031530074}, {"cell.weight_hh", 0.10792185},
      {"cell.bias_ih", 0.084723307}, {"cell.bias_hh", 0.038814161},   {"readout.weight", 0.048681481},
      {"readout.bias", 0.019195123}};
  for (const auto& [name, norm] : norms)
    CHECK(views(layout, flat.grad()).at(name).norm().item<double>() == Approx(norm).epsilon(1e-6));
  CHECK(flat.grad().norm().item<double>() == Approx(0.15512642).epsilon(1e-6));
}

TEST_CASE("ctd published: flip-flop of March 2024", "[ctd_task][published]") {
  const Task task = Nbff{};
  const ModelSpec spec = model(ModelType::GRU_RNN, 128, task);
  const auto parameters = published("nbff_20240327", spec);
  if (!parameters) return;
  const Dataset data = joined(task, 1000, 100);
  check(noiseless(spec, task, *parameters, data, generated(data, 0, 1)), spec,
        {{27, {-0.00303698, -0.00364663, 0.91437}, 3.916512},
         {499, {0.0053357, -0.00634692, 0.985552}, 4.397537}});
}

TEST_CASE("ctd published: fifteen tasks of April 2024", "[ctd_task][published]") {
  const Task task = MultiTask{};
  const ModelSpec spec = model(ModelType::NoisyGRU, 64, task);
  const auto parameters = published("multitask_20240418", spec);
  if (!parameters) return;
  const Dataset data = joined(task, 500, 100);
  check(noiseless(spec, task, *parameters, data, generated(data, 0, 1)), spec,
        {{0, {0.626405, 0.357304, -0.672722}, 4.325818},
         {22, {1.00239, -0.00858531, 0.00710103}, 3.738259},
         {56, {1.00303, -0.0107501, 0.0135671}},
         {74, {0.000333875, -0.119423, -0.991988}, 5.327631}});
}

TEST_CASE("ctd published: reaches of June 2024", "[ctd_task][published]") {
  RandomTarget aligned;
  aligned.is_aligned = true, aligned.max_ep_duration = 1.55;
  const Task task = aligned;
  ModelSpec spec = model(ModelType::NoisyGRULatentL2, 128, task);
  spec.l2_wt = 5e-5;
  const auto parameters = published("randomtarget_20240605", spec);
  if (!parameters) return;
  const Dataset data = joined(task, 1000, 100);
  const auto first = generated(data, 0, 4);
  const Rollout r = noiseless(spec, task, *parameters, data, first);
  const auto hand = [&](std::size_t trial, std::size_t t) { return &r.controlled[(trial * 155 + t) * 2]; };
  const std::tuple<int, int, double, double> places[] = {
      {0, 1, -0.276880, 0.253880},   {0, 29, -0.257557, 0.255323},   {0, 69, -0.219849, 0.244260},
      {0, 70, -0.218138, 0.243495},  {0, 80, -0.186932, 0.317675},   {0, 100, 0.0135303, 0.497117},
      {0, 154, 0.0407840, 0.475039}, {1, 154, -0.0366959, 0.381201}, {2, 154, -0.200155, 0.399841},
      {3, 154, 0.0315353, 0.398483}};
  for (const auto& [trial, t, x, y] : places) {
    CAPTURE(trial, t);
    CHECK(hand(static_cast<std::size_t>(trial), static_cast<std::size_t>(t))[0] == Approx(x).margin(2e-5));
    CHECK(hand(static_cast<std::size_t>(trial), static_cast<std::size_t>(t))[1] == Approx(y).margin(2e-5));
  }
  const double at_70[] = {-0.0257431, 0.0679495, -0.0127048, 0.1172410, 0.0148618, 0.0552857};
  for (std::size_t m = 0; m < 6; ++m) CHECK(r.actions[70 * 6 + m] == Approx(at_70[m]).margin(2e-5));

  Batch batch{&data, first};
  batch.noiseless_inputs = true;
  const Layout layout(spec);
  std::vector<float> gradient(layout.size());
  const auto backend = native_backend(spec, task, 1);
  batch.position_steps = curriculum_steps(155, 50);
  CHECK(batch.position_steps == 39);
  CHECK(backend->gradient(*parameters, batch, silence(), gradient).task ==
        Approx(0.00054346255).epsilon(2e-4));
  batch.position_steps = 155;
  const Loss loss = backend->gradient(*parameters, batch, silence(), gradient);
  CHECK(loss.task == Approx(0.0034531456).epsilon(2e-4));
  CHECK(loss.effort == Approx(0.0011848539).epsilon(2e-4));
  CHECK(loss.latent == Approx(0.0004890380).epsilon(2e-4));
  const double d_bias[] = {0.01571742, -0.01727286, -0.006237428, 0.008540864, -0.0006510453, -0.004589131};
  for (std::size_t k = 0; k < 6; ++k)
    CHECK(gradient[layout["readout.bias"].offset + k] == Approx(d_bias[k]).epsilon(1e-3));
}

}  // namespace tsd::ctd_task
