// Recorded activity and matrices; P itself is compared with the published norms in test_networks.cpp.
#include "families/plastic/analysis/states.hpp"
#include "families/plastic/finished.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::plastic {
namespace {

using test::Analyzed;

constexpr std::size_t kFrames = 80, kFirst = 12, kWindow = 20;  // T = 20 scenes of 4 frames, R = 3

Config published(NetworkType type, std::vector<std::string> types, std::vector<double> rates) {
  Config c;
  c.network_type = type;
  c.hidden_dims = {6, 5};
  c.plastic_types = std::move(types);
  c.hetero_rates = std::move(rates);
  c.R_start = 3, c.T_min = 20, c.T_per_R = 1;
  c.record_states.T_step = kWindow;
  return c;
}

// P(t) by its definition, sum over k < t of lambda^(t-1-k) eta o (h(k) u(k)').
double plastic_entry(const Layer& layer, double decay, const float* eta, const std::vector<float>& h,
                     const std::vector<float>& u, std::size_t t, std::size_t i, std::size_t j) {
  const auto n = static_cast<std::size_t>(layer.n), m = static_cast<std::size_t>(layer.m);
  const double rate = layer.rates == Rates::full   ? eta[i * m + j]
                      : layer.rates == Rates::post ? eta[i]
                                                   : eta[0];
  double sum = 0;
  for (std::size_t k = layer.memory == Memory::last_frame && t > 0 ? t - 1 : 0; k < t; ++k)
    sum += std::pow(decay, static_cast<double>(t - 1 - k)) * rate * h[k * n + i] * u[k * m + j];
  return sum;
}

}  // namespace

TEST_CASE("plastic states: matrices follow from the recorded activity", "[plastic]") {
  const test::TemporaryDirectory folder;
  for (Config c :
       {published(NetworkType::Memo, {"M", "A"}, {1, 0.5}),
        published(NetworkType::Dyn_RO, {"A", "M"}, {0, 1}), published(NetworkType::Stack, {"M", "A"}, {1, 0}),
        published(NetworkType::Nonl_RO, {"M"}, {1})}) {
    CAPTURE(c.reference_name());
    const auto parameters = test::published_parameters(c);
    test::write_parameters(folder / "p.safetensors", c, parameters);
    c.init_file = (folder / "p.safetensors").string();
    PlasticExperiment experiment(c, test::context());
    const Analyzed found(states(), experiment);
    const ModelSpec network = c.spec();
    const Layout layout(network);
    const std::string group = "/runs/5/latest";
    CHECK(found.file().number_attribute(group, "R") == 3);
    CHECK(found.file().number_attribute(group, "first_frame") == kFirst);
    CHECK(found.file().number_attribute(group, "frames") == kWindow);
    const auto input = found.values<float>(group + "/input");
    REQUIRE(input.size() == kFrames * 25);
    for (std::size_t l = 0; l < static_cast<std::size_t>(network.lambdas()); ++l) {
      const std::string number = "_" + std::to_string(l + 1);
      const Layer& layer = network.layers[l];
      const auto h = found.values<float>(group + "/h" + number),
                 u = l == 0 || network.stacked ? input : found.values<float>(group + "/h_1"),
                 P = found.values<float>(group + "/P" + number),
                 effective = found.values<float>(group + "/effective" + number);
      const float* W = &parameters[layout.weight[l].offset];
      const float* eta = &parameters[layout.eta[l].offset];
      const auto n = static_cast<std::size_t>(layer.n), m = static_cast<std::size_t>(layer.m);
      REQUIRE(h.size() == kFrames * n);
      REQUIRE(P.size() == kWindow * n * m);
      REQUIRE(effective.size() == P.size());
      const bool multiplicative = layer.rule == Rule::multiplicative;
      REQUIRE(found.file().exists(group + "/product" + number) == multiplicative);
      const auto product = multiplicative ? found.values<float>(group + "/product" + number) : effective;
      double sum = 0, squares = 0, worst = 0;
      for (std::size_t t = 0; t <= kFrames; ++t)
        for (std::size_t k = 0; k < n * m; ++k) {
          const double exact = plastic_entry(layer, decay_of(layer, 1), eta, h, u, t, k / m, k % m), w = W[k];
          if (t > 0) sum += exact, squares += exact * exact;
          const auto check = [&](float got, double expected) {
            worst = std::max(worst, std::abs(got - expected));
          };
          if (t > kFirst && t <= kFirst + kWindow) check(P[(t - 1 - kFirst) * n * m + k], exact);
          if (t < kFirst || t >= kFirst + kWindow) continue;
          check(effective[(t - kFirst) * n * m + k], multiplicative ? w * (1 + exact) : w + exact);
          if (multiplicative) check(product[(t - kFirst) * n * m + k], w * exact);
        }
      CHECK(worst < 2e-6);  // entries of up to 2, rounded in each of the last frames
      const double entries = static_cast<double>(kFrames * n * m), mean = sum / entries,
                   deviation = std::sqrt(squares / entries - mean * mean);
      CHECK(found.file().number_attribute(group + "/P" + number, "clip_low") ==
            Approx(mean - 2 * deviation).epsilon(1e-5));
      CHECK(found.file().number_attribute(group + "/P" + number, "clip_high") ==
            Approx(mean + 2 * deviation).epsilon(1e-5));
    }
  }
}

TEST_CASE("plastic states: targets, outputs and which models", "[plastic]") {
  Config c = published(NetworkType::Memo, {"M", "A"}, {1, 1});
  c.acc_threshold = 0.3, c.acc_num = 1, c.R_start = 1, c.max_R = 3;  // mastered at once
  PlasticExperiment experiment(c, test::context());
  while (!experiment.finished()) experiment.step();
  const Learner& learner = experiment.learners()[0];
  REQUIRE(learner.max_R_mastered() == 3);
  const Analyzed last(states(), experiment);
  CHECK(last.file().list("/runs/5") == std::vector<std::string>{"R_3"});
  const auto targets = last.values<std::uint8_t>("/runs/5/R_3/frame_target");
  REQUIRE(targets.size() == kFrames);
  Sequence sequence{20, 4, 25, last.values<float>("/runs/5/R_3/input"), {}};
  for (std::size_t t = 0; t < kFrames; ++t) {
    CHECK((targets[t] == 2) == (t % 4 != 3));
    if (t % 4 == 3) sequence.labels.push_back(targets[t]);
  }
  for (std::size_t s = 3; s < 20; ++s) {  // a familiar scene shows frames of three scenes before
    const float* frame = &sequence.frames[(4 * s + 3) * 25];
    int equal = 0;
    for (std::size_t k = 0; k < 4; ++k)
      equal += std::equal(frame, frame + 25, &sequence.frames[(4 * (s - 3) + k) * 25]);
    CHECK((equal > 0) == (sequence.labels[s] == 1));
  }
  Trace trace;
  torch_backend(c.spec(), c.bce, "cpu")->run(learner.stages()[2].parameters, sequence, &trace);
  const auto y = last.values<float>("/runs/5/R_3/y");
  for (std::size_t t = 0; t < kFrames; ++t) CHECK(y[t] == Approx(trace.y[t]).margin(1e-6));

  c.record_states.R = {1, 2, 7};
  PlasticExperiment others(c, test::context());
  others.restore(experiment.state());
  CHECK(Analyzed(states(), others).file().list("/runs/5") == std::vector<std::string>{"R_1", "R_2"});

  c.record_states.R = {7};
  PlasticExperiment none(c, test::context());
  none.restore(experiment.state());
  std::string message;
  try {
    const Analyzed nothing(states(), none);
  } catch (const MissingInput& error) {
    message = error.what();
  }
  CHECK(message == "record_states.R: expected repeat intervals of finished stages (1, 2, 3), got others");
}

}  // namespace tsd::plastic
