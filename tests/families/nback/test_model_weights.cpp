// Initial weights against PyTorch 2.13: the values that scripts/reference/oracles/nback/weights.py prints.
#include <numeric>

#include "families/nback/model/parameters.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

struct Expected {
  const char* name;
  double first, last, sum;
};

void check(const ModelSpec& spec, std::uint64_t seed, const std::vector<Expected>& expected) {
  const auto weights = initial_weights(spec, seed);
  CHECK(weights.size() == parameters(spec).size());
  for (const auto& [name, first, last, sum] : expected) {
    CAPTURE(name);
    const auto values = find(weights, name).as<float>();
    CHECK(values.front() == static_cast<float>(first));  // nine digits tell any two floats apart
    CHECK(values.back() == static_cast<float>(last));
    CHECK(std::accumulate(values.begin(), values.end(), 0.0) ==
          Approx(sum).epsilon(1e-9));  // order of summation
  }
}

}  // namespace

TEST_CASE("model: initial weights are PyTorch's", "[nback][model]") {
  ModelSpec headline;
  headline.F = 1280;
  check(headline, 42,
        {{"perceptual.reduce.weight", 0.0213695019, -0.000571408193, 0.372335689053},
         {"perceptual.reduce.bias", 0.018713044, 7.56364216e-07, 0.164478281992},
         {"cognitive.pre.0.weight", -0.0158804711, -0.049340073, -14.4829774086},
         {"cognitive.pre.0.bias", 0.0221043695, 0.0141968699, 0.696348035242},
         {"cognitive.rnn.weight_ih_l0", -0.00702416152, -0.0185139552, 5.68089526892},
         {"cognitive.rnn.weight_hh_l0", 0.00697663426, -0.0215307176, -10.864047043},
         {"cognitive.rnn.bias_ih_l0", -0.0571036413, -0.023890093, 0.390936285257},
         {"cognitive.rnn.bias_hh_l0", 0.0425491333, -0.0375702679, -1.27296581864},
         {"classifier.weight", -0.0100609213, -0.0580524877, 0.599363654852},
         {"classifier.bias", -0.0405715555, -0.00642307848, -0.0548357740045}});

  ModelSpec dual;
  dual.F = 20, dual.H = 12, dual.D = 9, dual.layers = 2;
  dual.cell = Cell::lstm;
  dual.attention = Attention::dual;
  dual.classifier_layers = {5};
  check(dual, 7,
        {{"cognitive.rnn.bias_hh_l1", 0.100924596, -0.245041162, 1.45273879636},
         {"attention.task_proj.0.weight", 0.147942394, 0.0840297863, -1.12860758626},
         {"attention.feature_proj.0.weight", -0.0984441936, 0.119226545, 2.59938982315},
         {"attention.gate_network.0.weight", 0.249523968, -0.33299908, -0.135407249094},
         {"attention.gate_network.3.bias", 0.10838668, -0.0771731138, -1.14824935794},
         {"classifier.0.weight", -0.23404415, 0.0448728241, 2.0017394505},
         {"classifier.2.bias", 0.157446906, -0.146291316, -0.036863874644}});

  ModelSpec task_only;
  task_only.F = 20, task_only.H = 12, task_only.D = 9;
  task_only.cell = Cell::rnn;
  task_only.attention = Attention::task_only;
  check(task_only, 7,
        {{"attention.gate_network.0.weight", 0.197989672, 0.193725824, 1.63198381476},
         {"attention.gate_network.6.bias", -0.267378032, -0.297365993, -0.468334749341},
         {"classifier.bias", 0.170284539, -0.151570857, -0.21297313273}});
  const auto weights = initial_weights(task_only, 7);
  for (float value : find(weights, "attention.task_bias").as<float>()) CHECK(value == 0.0f);
  for (float value : find(weights, "cognitive.pre.1.weight").as<float>()) CHECK(value == 1.0f);
}

TEST_CASE("model: weights that do not fit are refused by name", "[nback][model]") {
  ModelSpec spec;
  spec.F = 20, spec.H = 12;
  auto weights = initial_weights(spec, 1);
  weights[0].shape = {12, 20};
  CHECK_THROWS_WITH(matching(spec, weights),
                    "weights: perceptual.reduce.weight: expected f32 [12, 20, 1, 1], got f32 [12, 20]");
  weights.erase(weights.begin());
  CHECK_THROWS_AS(matching(spec, weights), DataError);
}

}  // namespace tsd::nback
