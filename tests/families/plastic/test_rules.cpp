// Rules and memories of plastic.md 13, against scripts/reference/oracles/plastic/rules.py, which writes rules.inc.

#include <array>
#include <map>
#include <sstream>

#include "families/plastic/analysis/memory.hpp"
#include "families/plastic/config.hpp"
#include "families/plastic/plain/network.hpp"
#include "families/plastic/published.hpp"
#include "support/catch.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/plastic.hpp"
#include "tsd/nn/tensor.hpp"

namespace tsd::plastic {
namespace {

struct Ruled {
  const char* settings;
  double loss;
  double y[4];                                                 // scenes 1, 5, 10, 19
  std::map<std::string, std::pair<double, double>> gradients;  // norm, sum
};

const std::vector<Ruled> kRuled = {
#include "families/plastic/rules.inc"
};

// Of a Memo network with one layer of six neurons, but for the settings.
Config config_of(const std::string& settings) {
  std::vector<std::string> overrides = {"hidden_dims=[6]", "hetero_rates=[1]", "plastic_types=[A]"};
  std::istringstream words(settings);
  for (std::string word; words >> word;) overrides.push_back(word);
  const std::array families = {family()};
  const auto run =
      ConfigFile(TSD_SOURCE_DIR "/configs/plastic.yaml", families).resolve(std::nullopt, overrides);
  return static_cast<const PlasticConfiguration&>(*run.configuration).config();
}

std::vector<double> parameters_of(const ModelSpec& network, const Layout& layout) {
  auto all = test::published_parameters(network, layout);
  const auto wave = [&](const Slot& slot, double c, double phi) {
    for (std::size_t k = 0; k < slot.size(); ++k)
      all[slot.offset + k] = c * std::sin(phi + 1.7 * double(k) + 0.01 * double(k) * double(k));
  };
  wave(layout.recurrent[0], 0.3, 0.4);
  if (!layout.lambda.empty() && !layout.lambda[0].shape.empty()) wave(layout.lambda[0], 0.5, 1);
  for (std::size_t k = 0; k < layout.own[0].size(); ++k)
    wave(layout.own[0][k], 0.3, 0.2 + 0.5 * static_cast<double>(k));
  return all;
}

struct Learned {
  TorchActivity activity;
  torch::Tensor y, loss, gradient;
};

Learned learn(const ModelSpec& network, const std::vector<double>& parameters, const Sequence& sequence) {
  const Layout layout(network);
  const auto flat = torch::tensor(parameters, torch::kDouble).requires_grad_();
  const auto frames =
      torch::tensor(sequence.frames).to(torch::kDouble).view({1, sequence.frame_count(), sequence.d});
  const auto labels =
      torch::tensor(std::vector<double>(sequence.labels.begin(), sequence.labels.end()), torch::kDouble);
  auto activity = run(network, views(layout, flat), frames);
  const auto y = torch::sigmoid(activity.logits)[0].view({sequence.T, sequence.F}).select(1, sequence.F - 1);
  const auto loss = torch::binary_cross_entropy(y, labels);
  loss.backward();
  return {std::move(activity), y, loss, flat.grad()};
}

}  // namespace

TEST_CASE("plastic rules: losses and gradients as in PyTorch", "[plastic]") {
  const Sequence sequence = test::published_sequence(3);
  for (const Ruled& c : kRuled) {
    CAPTURE(c.settings);
    const ModelSpec network = config_of(c.settings).spec();
    const Layout layout(network);
    const Learned got = learn(network, parameters_of(network, layout), sequence);
    CHECK(got.loss.item<double>() == Approx(c.loss).margin(1e-11));
    const std::int64_t scenes[] = {1, 5, 10, 19};
    for (std::size_t k = 0; k < 4; ++k)
      CHECK(got.y[scenes[k]].item<double>() == Approx(c.y[k]).margin(1e-10));
    CHECK(layout.slots().size() == c.gradients.size());
    for (const Slot& slot : layout.slots()) {
      CAPTURE(slot.name);
      const auto g = got.gradient.narrow(0, static_cast<std::int64_t>(slot.offset),
                                         static_cast<std::int64_t>(slot.size()));
      const auto& [norm, sum] = c.gradients.at(slot.name);
      CHECK(g.norm().item<double>() == Approx(norm).margin(1e-10));  // fourteen digits are given
      CHECK(g.sum().item<double>() == Approx(sum).margin(1e-10));
    }
  }
}

// The matrix that analyses build up from activity, on plain memory, is that of the tensors.
TEST_CASE("plastic rules: matrices follow from the activity", "[plastic]") {
  const Sequence sequence = test::published_sequence(3);
  for (const Ruled& c : kRuled) {
    const ModelSpec network = config_of(c.settings).spec();
    if (!network.layers[0].plastic()) continue;
    CAPTURE(c.settings);
    const Layout layout(network);
    const auto exact = parameters_of(network, layout);
    const std::vector<float> p(exact.begin(), exact.end());
    Trace trace;
    torch_backend(network, Bce::reference, "cpu")->run(p, sequence, &trace);
    PlasticMatrix matrix(network, layout, p, 0);
    for (int t = 0; t < sequence.frame_count(); ++t) matrix.see(sequence, trace, t);
    const auto expected = learn(network, exact, sequence).activity.P_end[0].detach().view({-1}).contiguous();
    for (std::size_t k = 0; k < matrix.values().size(); ++k)  // float32 over 80 frames
      CHECK(matrix.values()[k] == Approx(expected.data_ptr<double>()[k]).margin(1e-5));
  }
}

TEST_CASE("plastic rules: of several layers, in several sequences at once", "[plastic]") {
  for (const std::string type : {"Trace_RNN", "Modulated_RNN", "Retroactive_RNN", "FastWeights",
                                 "LinearAttention", "DeltaRule", "Transformer"}) {
    CAPTURE(type);
    const Config c = config_of("network_type=" + type + " hidden_dims=[5,7] batch_size=3");
    const ModelSpec network = c.spec();
    const Layout layout(network);
    CHECK(!network.native());
    TorchGenerator generator(1);
    const auto p = initial_parameters(network, layout, c.initial_values(), generator);
    const auto backend = torch_backend(network, c.bce, "cpu");
    const auto draws = fast_draws(2);
    std::vector<Sequence> sequences(3);
    for (Sequence& sequence : sequences) generate(c.task(), 2, 8, *draws, sequence);
    std::vector<float> together(layout.size()), alone(layout.size()), sum(layout.size());
    const auto y = backend->gradient(p, sequences, together);
    for (std::size_t s = 0; s < 3; ++s) {
      const auto single = backend->gradient(p, {&sequences[s], 1}, alone)[0];
      for (std::size_t k = 0; k < single.size(); ++k) CHECK(single[k] == Approx(y[s][k]).margin(1e-6));
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += alone[k] / 3;
    }
    for (std::size_t k = 0; k < sum.size(); ++k)  // float32, 32 frames
      CHECK(together[k] == Approx(sum[k]).margin(2e-6));
  }
}

TEST_CASE("plastic rules: keys that a network has no use for are refused", "[plastic]") {
  const auto error = [](const std::string& settings) -> std::string {
    try {
      config_of(settings);
    } catch (const ConfigError& problem) {
      return problem.what();
    }
    return "";
  };
  for (const std::string key : {"change=oja", "bound=tanh", "decays=neuron", "train_initial_P=true"}) {
    CHECK_THAT(error("network_type=LSTM " + key), Catch::Contains(key.substr(0, key.find('='))) &&
                                                      Catch::Contains("of Memo, Dyn_RO, Nonl_RO and Stack"));
    CHECK_THAT(error("backend=native " + key), Catch::Contains("backend: has no such layers or rules"));
    CHECK(error(key).empty());
  }
  CHECK_THAT(error("network_type=Transformer backend=native"), Catch::Contains("backend"));
  CHECK(config_of("change=oja bound=rows decays=synapse train_initial_P=true").reference_name() ==
        "Memo-A-in25-hid6-eta-1-fr-4-var0.1-oja-rows-decay-1-P0");
}

}  // namespace tsd::plastic
