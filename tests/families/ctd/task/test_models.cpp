// Losses and gradients against PyTorch's cells and MotorNet's arm (scripts/reference/oracles/ctd/cells.py), and the
// native backend against the plain one.
#include <cmath>
#include <numeric>

#include "families/ctd/task/model/backend.hpp"
#include "support/catch.hpp"

namespace tsd::ctd_task {

using namespace ctd;

namespace {

constexpr int kB = 3;
constexpr double kPi = 3.14159265358979323846;

std::vector<float> sines(std::size_t n) {
  std::vector<float> values(n);
  for (std::size_t k = 0; k < n; ++k) values[k] = static_cast<float>(0.4 * std::sin(1.7 * (double(k) + 1)));
  return values;
}
std::vector<float> course(int width, int T, double phase, double scale = 1) {
  std::vector<float> values;
  for (int b = 0; b < kB; ++b)
    for (int t = 0; t < T; ++t)
      for (int c = 0; c < width; ++c)
        values.push_back(static_cast<float>(scale * std::cos(0.3 * (1 + c + 2 * t) + 5 * b + phase)));
  return values;
}

Dataset made_up(const Task& task) {
  Dataset data;
  data.shape = shape_of(task);
  const int T = data.shape.T;
  data.N = kB;
  data.inputs = data.true_inputs = course(3, T, 0);
  data.lengths.assign(kB, T);
  if (data.shape.closed_loop()) {
    data.targets = course(2, T, 1, 0.3);
    data.inputs_to_env = course(2, T, 2, 4);
    for (int b = 0; b < kB; ++b)
      for (const double q : {0.9 + 0.2 * b, 1.2 + 0.3 * b, 0.0, 0.0})
        data.ics.push_back(static_cast<float>(q));
  } else {
    data.targets = course(3, T, 1);
    data.weights.assign(data.targets.size(), 1);
  }
  return data;
}

struct Expected {
  const char* name;
  double norm, first;
};

void check_gradients(const Layout& layout, const std::vector<float>& gradient,
                     const std::vector<Expected>& expected) {
  REQUIRE(layout.slots().size() == expected.size());
  for (const Expected& e : expected) {
    CAPTURE(e.name);
    const Slot& slot = layout[e.name];
    double squares = 0;
    for (std::size_t k = 0; k < slot.size(); ++k) squares += std::pow(double(gradient[slot.offset + k]), 2);
    CHECK(std::sqrt(squares) == Approx(e.norm).epsilon(2e-5));  // float32 over tens of steps
    CHECK(gradient[slot.offset] == Approx(e.first).epsilon(2e-4).margin(2e-7));
  }
}

std::vector<std::int64_t> all_of(std::int64_t n) {
  std::vector<std::int64_t> trials(static_cast<std::size_t>(n));
  std::iota(trials.begin(), trials.end(), 0);
  return trials;
}

Nbff small_flip_flop() {
  Nbff task;
  task.n_timesteps = 12;
  return task;
}

ModelSpec small_model(ModelType type, const Task& task) {
  ModelSpec spec;
  spec.type = type;
  spec.H = 5, spec.hidden = 4;
  spec.I = shape_of(task).network_inputs(), spec.O = shape_of(task).actions;
  return spec;
}

void check_open_loop(const ModelSpec& spec, double loss, double output,
                     const std::vector<Expected>& expected) {
  const Task task = small_flip_flop();
  const Dataset data = made_up(task);
  const auto trials = all_of(kB);
  const Batch batch{&data, trials};
  Noise silent;
  silent.on = false;
  const Layout layout(spec);
  const auto parameters = sines(layout.size());
  for (const bool native : {false, true}) {
    CAPTURE(native);
    const auto backend = native ? native_backend(spec, task, 2) : torch_backend(spec, task, "cpu");
    std::vector<float> gradient(layout.size());
    CHECK(backend->gradient(parameters, batch, silent, gradient).total() == Approx(loss).epsilon(1e-6));
    check_gradients(layout, gradient, expected);
    Rollout rollout;
    CHECK(backend->run(parameters, batch, silent, &rollout).total() == Approx(loss).epsilon(1e-6));
    CHECK(rollout.controlled[(12 + 7) * 3 + 2] == Approx(output).epsilon(1e-6));
  }
}

}  // namespace

TEST_CASE("ctd models: gated units, against PyTorch", "[ctd_task]") {
  check_open_loop(small_model(ModelType::GRU_RNN, small_flip_flop()), 0.499383042, 0.299521135,
                  {{"latent_ics", 0.01031535, 0.006502659},
                   {"cell.weight_ih", 0.05238779, 0.001448517},
                   {"cell.weight_hh", 0.03561057, -0.001251985},
                   {"cell.bias_ih", 0.06744064, 0.002347609},
                   {"cell.bias_hh", 0.03835485, 0.002347609},
                   {"readout.weight", 0.1766036, 0.01793035},
                   {"readout.bias", 0.13669, -0.05206963}});
}

TEST_CASE("ctd models: the norm of latents in the loss, against PyTorch", "[ctd_task]") {
  ModelSpec spec = small_model(ModelType::NoisyGRULatentL2, small_flip_flop());
  spec.l2_wt = 0.01;
  check_open_loop(spec, 0.53455815, 0.299521135,
                  {{"latent_ics", 0.009986361, 0.005474508},
                   {"cell.weight_ih", 0.05304097, 0.001543215},
                   {"cell.weight_hh", 0.0441424, -0.002073573},
                   {"cell.bias_ih", 0.08840165, 0.003693898},
                   {"cell.bias_hh", 0.05035577, 0.003693898},
                   {"readout.weight", 0.1766036, 0.01793035},
                   {"readout.bias", 0.13669, -0.05206963}});
}

TEST_CASE("ctd models: tanh units, against PyTorch", "[ctd_task]") {
  check_open_loop(small_model(ModelType::Vanilla_RNN, small_flip_flop()), 0.907361658, 0.732836962,
                  {{"cell.weight_ih", 0.3076237, 0.07165186},
                   {"cell.weight_hh", 0.5301541, 0.127671},
                   {"cell.bias_ih", 0.649583, 0.2562636},
                   {"cell.bias_hh", 0.649583, 0.2562636},
                   {"readout.weight", 0.8166841, -0.4010125},
                   {"readout.bias", 0.7658859, -0.6247731}});
}

TEST_CASE("ctd models: Driscoll's units, against PyTorch", "[ctd_task]") {
  check_open_loop(small_model(ModelType::DriscollRNN, small_flip_flop()), 0.592150698, 0.17572967,
                  {{"recW.weight", 0.06424, 0.03107865},
                   {"inpW.weight", 0.02317178, 0.004272649},
                   {"bias", 0.1054982, 0.05931529},
                   {"readout.weight", 0.04862826, 0.006400078},
                   {"readout.bias", 0.3515432, -0.04151383}});
}

TEST_CASE("ctd models: neural ODE, against PyTorch", "[ctd_task]") {
  check_open_loop(small_model(ModelType::NODE, small_flip_flop()), 1.10245528, 1.09909421,
                  {{"latent_ics", 0.7122624, 0.4207224},
                   {"generator.vf_net.0.weight", 0.005964378, 0.001755837},
                   {"generator.vf_net.0.bias", 0.005145961, 0.003417959},
                   {"generator.vf_net.2.weight", 0.02279379, 0},
                   {"generator.vf_net.2.bias", 0.0335854, 0.0004776254},
                   {"generator.vf_net.4.weight", 0.308975, 0.0005613148},
                   {"generator.vf_net.4.bias", 0.4829406, 0.2849214},
                   {"readout.weight", 1.014701, -0.3287811},
                   {"readout.bias", 0.901918, -0.3939109}});
}

TEST_CASE("ctd models: a network that moves the arm, against MotorNet", "[ctd_task]") {
  RandomTarget reach;
  reach.max_ep_duration = 0.4;
  const Task task = reach;
  const Dataset data = made_up(task);
  const auto trials = all_of(kB);
  Batch batch{&data, trials};
  batch.position_steps = 30;
  Noise silent;
  silent.on = false;
  const ModelSpec spec = small_model(ModelType::GRU_RNN, task);
  const Layout layout(spec);
  for (const bool native : {false, true}) {
    CAPTURE(native);
    RandomTarget quiet = reach;
    quiet.vision_noise = quiet.proprioception_noise = quiet.action_noise = 0;
    const auto backend = native ? native_backend(spec, quiet, 1) : torch_backend(spec, quiet, "cpu");
    std::vector<float> gradient(layout.size());
    const auto parameters = sines(layout.size());
    const Loss loss = backend->gradient(parameters, batch, silent, gradient);
    CHECK(loss.task == Approx(0.0901414343).epsilon(1e-5));
    CHECK(loss.effort == Approx(0.182268006).epsilon(1e-6));
    check_gradients(layout, gradient,
                    {{"latent_ics", 0.001463977, -0.000244133},
                     {"cell.weight_ih", 0.4008814, -0.0006799035},
                     {"cell.weight_hh", 0.09837672, -0.009890474},
                     {"cell.bias_ih", 0.1854288, 0.01932765},
                     {"cell.bias_hh", 0.09494527, 0.01932765},
                     {"readout.weight", 0.3371215, 0.0194857},
                     {"readout.bias", 0.3247005, -0.01339979}});
    Rollout rollout;
    backend->run(parameters, batch, silent, &rollout);
    CHECK(rollout.controlled[(3 * 40 - 1) * 2] == Approx(0.0071995159).margin(2e-6));
    CHECK(rollout.controlled[(3 * 40 - 1) * 2 + 1] == Approx(0.1407319).margin(2e-6));
  }
}

namespace {

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float value : values) most = std::max(most, std::fabs(double(value)));
  return most;
}
void check_close(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::fabs(double(a[k]) - double(b[k])));
  CHECK(most <= tolerance * std::max(1e-6, largest(b)));
}

std::vector<Task> noisy_tasks() {
  Nbff flip_flop;
  flip_flop.n_timesteps = 60, flip_flop.dynamic_noise = 0.1, flip_flop.switch_prob = 0.05;
  MultiTask multi;
  multi.task_list = {"DelayAnti", "ReactPro", "MatchCatAnti"};
  multi.n_timesteps = 240;
  MultiTask with_latents = multi;
  with_latents.latent_l2_wt = 0.01;
  RandomTarget reach;
  reach.max_ep_duration = 0.5;
  RandomTarget own_noise = reach;
  own_noise.independent_sensor_noise = true, own_noise.vision_delay = 0,
  own_noise.proprioception_delay = 0.03;
  RandomTarget other_arm = reach;
  other_arm.arm = {MuscleType::RigidTendonHillMuscleThelen, Integration::rk4, 2};
  return {flip_flop, multi, with_latents, reach, own_noise, other_arm};
}

}  // namespace

TEST_CASE("ctd models: native equals plain, six models on three tasks, with noise", "[ctd_task]") {
  for (const Task& task : noisy_tasks()) {
    CAPTURE(task.index());
    const Split split = make_split(task, 8, 5);
    const auto trials = all_of(std::min<std::int64_t>(split.train.N, 7));
    Batch batch{&split.train, trials};
    batch.position_steps = 40;
    for (const ModelType type : {ModelType::GRU_RNN, ModelType::NoisyGRU, ModelType::NoisyGRULatentL2,
                                 ModelType::Vanilla_RNN, ModelType::DriscollRNN, ModelType::NODE}) {
      CAPTURE(type);
      for (const bool standard_leak : {false, true}) {
        if (standard_leak && type != ModelType::DriscollRNN) continue;
        ModelSpec spec = small_model(type, task);
        spec.H = 13, spec.hidden = 11, spec.l2_wt = 0.01, spec.standard_leak = standard_leak;
        const Layout layout(spec);
        TorchGenerator generator(7);
        const auto parameters = initial_parameters(spec, layout, generator);
        Noise noise;
        noise.key = noise_key(1);
        noise.pass = 12;
        const auto native = native_backend(spec, task, 2), plain = torch_backend(spec, task, "cpu");
        std::vector<float> a(layout.size()), b(layout.size());
        const Loss of_native = native->gradient(parameters, batch, noise, a);
        const Loss of_plain = plain->gradient(parameters, batch, noise, b);
        CHECK(of_native.task == Approx(of_plain.task).epsilon(1e-5));
        CHECK(of_native.effort == Approx(of_plain.effort).epsilon(1e-5));
        CHECK(of_native.latent == Approx(of_plain.latent).epsilon(1e-5));
        check_close(a, b, 1e-4);
        Rollout x, y;
        native->run(parameters, batch, noise, &x);
        plain->run(parameters, batch, noise, &y);
        check_close(x.actions, y.actions, 2e-5);
        check_close(x.latents, y.latents, 2e-5);
        check_close(x.controlled, y.controlled, 2e-5);
        check_close(x.observations, y.observations, 2e-5);
        check_close(x.joints, y.joints, 2e-5);
      }
    }
  }
}

TEST_CASE("ctd models: threads don't change a bit", "[ctd_task]") {
  for (const Task& task : noisy_tasks()) {
    const Split split = make_split(task, 250, 5);
    const auto trials = all_of(200);
    Batch batch{&split.train, trials};
    batch.position_steps = 40;
    const ModelSpec spec = small_model(ModelType::NoisyGRU, task);
    const Layout layout(spec);
    std::vector<float> a(layout.size()), b(layout.size());
    const auto parameters = sines(layout.size());
    const Loss one = native_backend(spec, task, 1)->gradient(parameters, batch, {}, a);
    const Loss three = native_backend(spec, task, 3)->gradient(parameters, batch, {}, b);
    CHECK(one.total() == three.total());
    CHECK(a == b);
  }
}

// ctd_task.md 3.8
TEST_CASE("ctd models: numbers of parameters", "[ctd_task]") {
  const auto parameters = [](ModelType type, int H, const Task& task) {
    ModelSpec spec = small_model(type, task);
    spec.H = H, spec.hidden = 128;
    return Layout(spec).size();
  };
  CHECK(parameters(ModelType::NoisyGRU, 64, Nbff{}) == 13507);
  CHECK(parameters(ModelType::NoisyGRU, 128, Nbff{}) == 51587);
  CHECK(parameters(ModelType::NoisyGRU, 128, MultiTask{}) == 58115);
  CHECK(parameters(ModelType::NoisyGRULatentL2, 128, RandomTarget{}) == 57350);
  CHECK(parameters(ModelType::NODE, 3, Nbff{}) == 17810);
}

// torch.manual_seed(0); GRUCell(3, 64); Linear(64, 3), in PyTorch 2.13
TEST_CASE("ctd models: initial weights are PyTorch's", "[ctd_task]") {
  ModelSpec spec = small_model(ModelType::NoisyGRU, Nbff{});
  spec.H = 64;
  const Layout layout(spec);
  TorchGenerator generator(0);
  const auto p = initial_parameters(spec, layout, generator);
  const auto first = [&](const char* name) { return p[layout[name].offset]; };
  const auto last = [&](const char* name) { return p[layout[name].offset + layout[name].size() - 1]; };
  CHECK(first("latent_ics") == 0);
  CHECK(first("cell.weight_ih") == Approx(-0.00093585).margin(1e-8));
  CHECK(last("cell.weight_hh") == Approx(-0.09624808).margin(1e-8));
  CHECK(last("cell.bias_hh") == Approx(0.10984243).margin(1e-8));
  CHECK(first("readout.weight") == Approx(0.04888065).margin(1e-8));
  CHECK(last("readout.bias") == Approx(0.08915031).margin(1e-8));
}

// Moments of a million numbers, and the tails that 24 bits give.
TEST_CASE("ctd noise: normal, whatever the grouping", "[ctd_task]") {
  Noise noise;
  noise.key = noise_key(3);
  const int n = 4000;
  std::vector<float> row(n);
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < 250; ++i) {
    noise.fill(NoiseKind::latent, i, 7, n, 1, row.data());
    for (const double x : row) sum += x, squares += x * x, fourth += x * x * x * x;
  }
  CHECK(std::fabs(sum / 1e6) < 4e-3);  // four standard errors
  CHECK(std::fabs(squares / 1e6 - 1) < 4 * std::sqrt(2.0) * 1e-3);
  CHECK(std::fabs(fourth / 1e6 - 3) < 4 * std::sqrt(96.0) * 1e-3);

  Noise shifted = noise;
  shifted.first_row = 5;
  std::vector<float> a(16), b(16);
  noise.fill(NoiseKind::latent, 9, 2, 13, 1, a.data());
  shifted.fill(NoiseKind::latent, 4, 2, 13, 1, b.data());
  CHECK(a == b);
  noise.fill(NoiseKind::action, 9, 2, 13, 1, b.data());
  CHECK(a != b);

  const Philox words(noise.key);  // the same blocks, by the engine's generator
  kernels::gaussian(noise.key, 11, 4, 1, 1, a.data());
  const auto w = words.block(4, 11);
  const auto number = [&](int radius, int angle, bool cosine) {
    const double r = std::sqrt(-2 * std::log(((w[radius] >> 8) + 0.5) * 0x1p-24)),
                 theta = 2 * kPi * (w[angle] >> 8) * 0x1p-24;
    return r * (cosine ? std::cos(theta) : std::sin(theta));
  };
  CHECK(a[0] == Approx(number(0, 1, true)).margin(2e-6));
  CHECK(a[1] == Approx(number(0, 1, false)).margin(2e-6));
  CHECK(a[2] == Approx(number(2, 3, true)).margin(2e-6));
  CHECK(a[3] == Approx(number(2, 3, false)).margin(2e-6));
}

}  // namespace tsd::ctd_task
