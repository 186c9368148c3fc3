// Parts of the analysis by their definitions, on small networks.
#include "families/plastic/analysis/mechanism/mechanism.hpp"

#include "families/plastic/analysis/mechanism/lesion.hpp"
#include "families/plastic/analysis/mechanism/probe.hpp"
#include "families/plastic/analysis/mechanism/readout.hpp"
#include "families/plastic/finished.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::plastic {
namespace {

Config memo(std::vector<std::string> types, std::vector<double> rates) {
  Config c;
  c.hidden_dims = {6, 5};
  c.plastic_types = std::move(types);
  c.hetero_rates = std::move(rates);
  return c;
}

struct Network {
  ModelSpec spec;
  Layout layout;
  std::vector<float> parameters;

  explicit Network(const Config& c)
      : spec(c.spec()), layout(spec), parameters(test::published_parameters(c)) {}
  std::vector<float> run(const std::vector<float>& changed, const Sequence& sequence,
                         Trace* trace = nullptr) const {
    return native_backend(spec, Bce::reference)->run(changed, sequence, trace);
  }
};

void check_near(const std::vector<float>& got, const std::vector<float>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(expected[i]).margin(1e-6));
}

// Row `neuron` of a matrix with rows of `width` left out.
void leave_out_row(std::vector<float>& all, const Slot& slot, std::size_t neuron, std::size_t width,
                   std::vector<float>& kept) {
  for (std::size_t k = 0; k < slot.size(); ++k)
    if (k / width != neuron) kept.push_back(all[slot.offset + k]);
}

}  // namespace

TEST_CASE("plastic mechanism: without memory a network is its static weights", "[plastic]") {
  const Network network(memo({"M", "A"}, {1, 0.5}));
  Config c = memo({"M", "A"}, {1, 0.5});
  c.network_type = NetworkType::Static;
  const Sequence sequence = test::published_sequence(3);
  auto changed = without_memory(network.spec, network.layout, network.parameters, 0);
  changed = without_memory(network.spec, network.layout, changed, 1);

  ModelSpec fixed = c.spec();
  const Layout layout(fixed);
  std::vector<float> weights(layout.size());
  const auto copy = [&](const Slot& from, const Slot& to) {
    REQUIRE(from.size() == to.size());
    std::copy_n(network.parameters.begin() + static_cast<std::ptrdiff_t>(from.offset), from.size(),
                weights.begin() + static_cast<std::ptrdiff_t>(to.offset));
  };
  copy(network.layout.w_final, layout.w_final), copy(network.layout.b_final, layout.b_final);
  for (std::size_t l = 0; l < 2; ++l)
    copy(network.layout.weight[l], layout.weight[l]), copy(network.layout.bias[l], layout.bias[l]);
  check_near(network.run(changed, sequence),
             torch_backend(fixed, Bce::reference, "cpu")->run(weights, sequence));
}

TEST_CASE("plastic mechanism: a silent neuron is one that is not there", "[plastic]") {
  const Sequence sequence = test::published_sequence(3);
  for (const Sign sign : {Sign::free, Sign::antihebbian}) {
    Config c = memo({"A", "M"}, {1, 1}), smaller = c;
    c.eta_sign = smaller.eta_sign = sign;
    smaller.hidden_dims = {6, 4};
    const Network network(c);
    const ModelSpec spec = smaller.spec();
    const Layout layout(spec);
    constexpr std::size_t gone = 2;  // of the last layer, a sigmoid
    std::vector<float> weights(layout.size());
    auto all = network.parameters;
    const auto copy = [&](const Slot& from, const Slot& to, std::size_t width) {
      std::vector<float> kept;
      leave_out_row(all, from, from.size() == to.size() ? from.size() : gone, width, kept);
      REQUIRE(kept.size() == to.size());
      std::ranges::copy(kept, weights.begin() + static_cast<std::ptrdiff_t>(to.offset));
    };
    const Layout& full = network.layout;
    copy(full.w_final, layout.w_final, 1), copy(full.b_final, layout.b_final, 1);
    for (std::size_t l = 0; l < 2; ++l) {
      const std::size_t inputs = l == 0 ? 25 : 6;
      copy(full.weight[l], layout.weight[l], inputs), copy(full.eta[l], layout.eta[l], inputs);
      copy(full.bias[l], layout.bias[l], 1), copy(full.lambda[l], layout.lambda[l], 1);
    }
    const auto silenced = without_neuron(network.spec, full, network.parameters, 1, gone);
    check_near(network.run(silenced, sequence), native_backend(spec, Bce::reference)->run(weights, sequence));

    Trace trace;  // and a tanh neuron
    network.run(without_neuron(network.spec, full, network.parameters, 0, 4), sequence, &trace);
    for (std::size_t t = 0; t < trace.y.size(); ++t) CHECK(trace.h[0][t * 6 + 4] == 0);
  }
}

TEST_CASE("plastic mechanism: what drives neurons adds up, and means are by novelty", "[plastic]") {
  Network network(memo({"M", "A"}, {1, 1}));
  for (float& p : network.parameters) p *= 0.3f;  // activities from which the drive can be told
  const Sequence sequence = test::published_sequence(3);
  Trace trace;
  network.run(network.parameters, sequence, &trace);
  for (const std::size_t l : {std::size_t{0}, std::size_t{1}}) {
    const auto n = static_cast<std::size_t>(network.spec.layers[l].n);
    const Probe found = probe(network.spec, network.layout, network.parameters, sequence, trace, l, 7);
    std::vector<std::vector<double>> h[2], a[2];  // [novelty][scene][neuron]
    for (std::size_t s = 0; s < sequence.labels.size(); ++s) {
      auto& of_h = h[sequence.labels[s]].emplace_back();
      auto& of_a = a[sequence.labels[s]].emplace_back();
      for (std::size_t i = 0; i < n; ++i) {
        const double value = trace.h[l][(4 * s + 3) * n + i];
        of_h.push_back(value);
        of_a.push_back(l == 0 ? std::atanh(value) : std::log(value / (1 - value)));
      }
    }
    REQUIRE(h[0].size() + h[1].size() == 20);
    REQUIRE(h[1].size() > 2);
    for (std::size_t i = 0; i < n; ++i) {
      double mean[2] = {0, 0}, drive[2] = {0, 0}, squares = 0;
      for (const int f : {0, 1})
        for (std::size_t s = 0; s < h[f].size(); ++s) {
          mean[f] += h[f][s][i] / static_cast<double>(h[f].size());
          drive[f] += a[f][s][i] / static_cast<double>(a[f].size());
        }
      for (const int f : {0, 1})
        for (const auto& row : h[f]) squares += (row[i] - mean[f]) * (row[i] - mean[f]);
      CHECK(found.activity.novel[i] == Approx(mean[0]).margin(1e-6));
      CHECK(found.activity.familiar[i] == Approx(mean[1]).margin(1e-6));
      CHECK(found.selectivity[i] == Approx((mean[1] - mean[0]) / std::sqrt(squares / 18)).epsilon(1e-4));
      CHECK(found.fixed.novel[i] + found.remembered.novel[i] == Approx(drive[0]).epsilon(1e-3).margin(1e-4));
      CHECK(found.fixed.familiar[i] + found.remembered.familiar[i] ==
            Approx(drive[1]).epsilon(1e-3).margin(1e-4));
    }
    REQUIRE(found.persistence.size() == 7);
    CHECK(found.persistence[0] == Approx(1));
    CHECK(found.persistence[6] < 1);
    CHECK(found.rank >= 1);
    CHECK(found.rank <= double(n));
  }
}

TEST_CASE("plastic mechanism: memories of known rank and life", "[plastic]") {
  const Sequence sequence = test::published_sequence(3);
  Config dynamic = memo({"A", "A"}, {0, 0});  // one rate: the second P is that of one outer product
  dynamic.network_type = NetworkType::Dyn_RO;
  const Network last(dynamic);
  Trace trace;
  last.run(last.parameters, sequence, &trace);
  const Probe one = probe(last.spec, last.layout, last.parameters, sequence, trace, 1, 2);
  CHECK(one.rank == Approx(1).epsilon(1e-6));
  CHECK(one.time_constant == std::vector<double>{0});

  Network decaying(memo({"A", "A"}, {0, 0}));
  const double decay = std::exp(-1 / 8.0);
  decaying.parameters[decaying.layout.lambda[0].offset] = static_cast<float>(std::log(decay / (1 - decay)));
  decaying.run(decaying.parameters, sequence, &trace);
  const Probe slow = probe(decaying.spec, decaying.layout, decaying.parameters, sequence, trace, 0, 2);
  REQUIRE(slow.time_constant.size() == 1);
  CHECK(slow.time_constant[0] == Approx(8).epsilon(1e-5));
}

TEST_CASE("plastic mechanism: linear readouts", "[plastic]") {
  // scikit-learn: roc_auc_score([0, 0, 1, 1], [.1, .4, .35, .8]), and ([0, 1, 0, 1, 1], [1, 1, 0, 2, 0])
  CHECK(area_under_roc(std::vector<float>{.1f, .4f, .35f, .8f}, std::vector<float>{0, 0, 1, 1}) == 0.75);
  CHECK(area_under_roc(std::vector<float>{1, 1, 0, 2, 0}, std::vector<float>{0, 1, 0, 1, 1}) ==
        Approx(4.0 / 6));
  CHECK(std::isnan(area_under_roc(std::vector<float>{1, 2}, std::vector<float>{1, 1})));

  constexpr int N = 2000, width = 3;
  Philox rng(4, "test");
  std::vector<float> x, planted, other, label;
  for (int i = 0; i < N; ++i) {
    for (int k = 0; k < width; ++k) x.push_back(static_cast<float>(rng.normal()));
    const float* row = &x[x.size() - width];
    planted.push_back(2 * row[0] - row[2] + 1);
    label.push_back(planted.back() > 1);
    other.push_back(static_cast<float>(rng.normal()));
  }
  CHECK(decoded_value(x, width, planted) > 0.99999);       // the penalty shrinks weights by 1 / 1000
  CHECK(std::abs(decoded_value(x, width, other)) < 0.02);  // 3 SD of R^2 of 1000 rows by 3 weights is 0.01
  CHECK(decoded_label(x, width, label) > 0.99);
  CHECK(std::isnan(decoded_label(x, width, std::vector<float>(N, 1))));
}

TEST_CASE("plastic mechanism: every kind of network, and what is not there is left out", "[plastic]") {
  Config c = memo({"M", "A"}, {1, 1});
  c.acc_threshold = 0.3, c.acc_num = 1, c.max_R = 2;  // mastered at once
  c.eval.mechanism_scenes = 200;
  PlasticExperiment experiment(c, test::context());
  while (!experiment.finished()) experiment.step();
  const test::Analyzed found(mechanism(), experiment);
  const std::string group = "/runs/5/R_2/";
  CHECK(found.values<std::int64_t>(group + "ages") == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(found.values<double>(group + "without_neuron_1").size() == 6);
  CHECK(found.values<double>(group + "opposition").size() == 4);
  CHECK(found.values<double>(group + "persistence_2").size() == 5);
  CHECK(found.values<double>(group + "decoded_age").size() == 2);

  c.network_type = NetworkType::RNN;
  PlasticExperiment recurrent(c, test::context());
  while (!recurrent.finished()) recurrent.step();
  const test::Analyzed without(mechanism(), recurrent);
  CHECK(without.values<double>(group + "selectivity_1").size() == 6);
  CHECK(without.values<double>(group + "decoded_familiarity").size() == 2);
  for (const char* name : {"rank", "opposition", "without_memory", "persistence_1", "without_neuron_1"})
    CHECK_FALSE(without.file().exists(group + name));
}

}  // namespace tsd::plastic
