// The networks to compare with, against scripts/reference/oracles/plastic/baselines.py.
#include <map>

#include "families/plastic/config.hpp"
#include "families/plastic/learner.hpp"
#include "families/plastic/published.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {
namespace {

struct Baseline {
  NetworkType type;
  Sign sign;
  double loss;
  double y[4];                                                 // scenes 1, 5, 10, 19
  std::map<std::string, std::pair<double, double>> gradients;  // norm, sum
};

std::vector<Baseline> baselines() {
  using enum NetworkType;
  return {{HebbFF,
           Sign::free,
           0.738754812136,
           {0.5902670789, 0.5894324906, 0.5560723203, 0.6004014274},
           {{"w_final", {0.035944141148, 0.078062819076}},
            {"b_final", {0.178700639438, 0.178700639438}},
            {"lambda_list.0", {0.039184174751, -0.039184174751}},
            {"weight_matrix_list.0", {0.031049144524, 0.013938461121}},
            {"bias_matrix_list.0", {0.004206665945, 0.001972836519}},
            {"eta_matrix_list.0", {0.126100151258, 0.126100151258}}}},
          {HebbFF,
           Sign::hebbian,
           0.919144599272,
           {0.7536573881, 0.7536578127, 0.7536578014, 0.7545474478},
           {{"w_final", {0.765918260143, 1.876036751127}},
            {"b_final", {0.342510027722, 0.342510027722}},
            {"lambda_list.0", {0.316728700644, -0.316728700644}},
            {"weight_matrix_list.0", {0.064119657260, 0.077934082924}},
            {"bias_matrix_list.0", {0.015175771792, 0.015459802666}},
            {"eta_matrix_list.0", {0.020652541024, 0.020652541024}}}},
          {HebbFF,
           Sign::antihebbian,
           0.736109099984,
           {0.5861263392, 0.5865862953, 0.5574398192, 0.5962017432},
           {{"w_final", {0.031207043317, 0.066325234611}},
            {"b_final", {0.176481504168, 0.176481504168}},
            {"lambda_list.0", {0.038870838998, -0.038870838998}},
            {"weight_matrix_list.0", {0.028551371546, 0.010643585169}},
            {"bias_matrix_list.0", {0.003426479070, 0.001245808132}},
            {"eta_matrix_list.0", {0.023198322736, -0.023198322736}}}},
          {RNN,
           Sign::free,
           0.782797108286,
           {0.6205512128, 0.7295405996, 0.6356981279, 0.5313554200},
           {{"w_final", {0.185193092294, -0.075063161932}},
            {"b_final", {0.151580493252, 0.151580493252}},
            {"weight_matrix_list.0", {0.394076649840, 0.292784398912}},
            {"bias_matrix_list.0", {0.131160332902, 0.120854188353}},
            {"recurrent_matrix_list.0", {0.174178933218, 0.161590619144}}}},
          {LSTM,
           Sign::free,
           0.740355082230,
           {0.5426137388, 0.5348023553, 0.5229270222, 0.5334453182},
           {{"w_final", {0.050069250941, 0.112709614901}},
            {"b_final", {0.161732605262, 0.161732605262}},
            {"weight_matrix_list.0", {0.162710936450, -0.065453214896}},
            {"bias_matrix_list.0", {0.051183191290, 0.059490899339}},
            {"recurrent_matrix_list.0", {0.021408075541, 0.032358275730}},
            {"recurrent_bias_list.0", {0.051183191290, 0.059490899339}}}}};
}

Config config_of(const Baseline& b) {
  Config c;
  c.network_type = b.type;
  c.eta_sign = b.sign;
  c.hidden_dims = {6};
  return c;
}

std::vector<float> parameters_of(const Baseline& b, const ModelSpec& network, const Layout& layout) {
  auto all = test::published_parameters(network, layout);
  if (b.type == NetworkType::HebbFF) {
    all[layout.lambda[0].offset] = 0.9;
    all[layout.eta[0].offset] = b.sign == Sign::free ? -0.2 : -1.5;
  }
  const auto wave = [&](const Slot& slot, double c, double phi) {
    for (std::size_t k = 0; k < slot.size(); ++k)
      all[slot.offset + k] = c * std::sin(phi + 1.7 * double(k) + 0.01 * double(k) * double(k));
  };
  wave(layout.recurrent[0], 0.3, 0.4);
  wave(layout.recurrent_bias[0], 0.1, 0.2);
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("plastic baselines: HebbFF, RNN and LSTM as in PyTorch, by both backends", "[plastic]") {
  for (const Baseline& b : baselines()) {
    const ModelSpec network = config_of(b).spec();
    const Layout layout(network);
    const auto p = parameters_of(b, network, layout);
    const std::vector<Sequence> sequences = {test::published_sequence(3)};
    for (const bool native : {true, false}) {
      CAPTURE(b.loss, native);
      const auto backend =
          native ? native_backend(network, Bce::reference) : torch_backend(network, Bce::reference, "cpu");
      std::vector<float> g(layout.size());
      const auto y = backend->gradient(p, sequences, g)[0];
      const std::size_t scenes[] = {1, 5, 10, 19};
      for (std::size_t k = 0; k < 4; ++k) CHECK(y[scenes[k]] == Approx(b.y[k]).margin(5e-7));
      Score score;
      score.add(sequences[0], y);
      CHECK(score.loss == Approx(b.loss).margin(3e-7));
      CHECK(layout.slots().size() == b.gradients.size());
      for (const Slot& slot : layout.slots()) {
        CAPTURE(slot.name);
        double squares = 0, sum = 0;
        for (std::size_t k = 0; k < slot.size(); ++k)
          squares += double{g[slot.offset + k]} * g[slot.offset + k], sum += g[slot.offset + k];
        const auto& [norm, total] = b.gradients.at(slot.name);
        // float32 over 80 frames; sums of up to 600 entries
        CHECK(std::sqrt(squares) == Approx(norm).epsilon(3e-6).margin(2e-7));
        CHECK(sum == Approx(total).epsilon(3e-6).margin(1e-6));
      }
    }
  }
}

// plastic.md 1.1: eta starts at -5 / d, the decay at 0.99, which no step takes out of [0, 1].
TEST_CASE("plastic baselines: HebbFF's start, and its decay held in range", "[plastic]") {
  Config c;
  c.network_type = NetworkType::HebbFF;
  c.hidden_dims = {8};
  c.lr = 0.4;
  Learner learner(c, 1, native_backend(c.spec(), c.bce));
  const Layout& layout = learner.layout();
  CHECK(learner.parameters()[layout.lambda[0].offset] == 0.99f);
  CHECK(learner.parameters()[layout.eta[0].offset] == -0.2f);
  bool held = false;
  for (int i = 0; i < 10; ++i) {
    learner.step();
    const float lambda = learner.parameters()[layout.lambda[0].offset];
    CHECK((lambda >= 0 && lambda <= 1));
    held = held || lambda == 0 || lambda == 1;
  }
  CHECK(held);  // steps of 0.4 leave the range at once
  c.eta_sign = Sign::hebbian;
  CHECK(c.initial_values().eta_scalar == Approx(std::log(0.2)));
}

// plastic.md 2.2: without memory nothing but the rate of familiar scenes can be known; 2/3 are novel.
TEST_CASE("plastic baselines: without memory, chance", "[plastic]") {
  Config c;
  c.network_type = NetworkType::Static;
  c.hidden_dims = {20};
  c.n_runs = 1;
  Learner learner(c, 2, native_backend(c.spec(), c.bce));
  for (int i = 0; i < 600; ++i) learner.step();
  const ScalarTable& table = learner.table();
  const auto column = [&](Scalar scalar) {  // mean of the last three records
    double sum = 0;
    for (std::size_t back = 1; back <= 3; ++back)
      sum += learner.log()[learner.log().size() - back * table.width() + table.first(std::size_t(scalar))];
    return sum / 3;
  };
  CHECK(column(Scalar::accuracy) == Approx(0.667).margin(0.08));  // three times 100 scenes: s.d. 0.027
  CHECK(column(Scalar::loss) == Approx(0.635).margin(0.06));      // entropy of that rate, plastic.md 2.2
}

}  // namespace tsd::plastic
