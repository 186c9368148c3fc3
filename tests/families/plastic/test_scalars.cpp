#include <set>

#include "families/plastic/experiment.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {
namespace {

std::set<std::string> tags(NetworkType type, std::vector<int> hidden, std::vector<std::string> types,
                           std::vector<double> rates) {
  Config c;
  c.network_type = type;
  c.hidden_dims = std::move(hidden);
  c.plastic_types = std::move(types);
  c.hetero_rates = std::move(rates);
  PlasticExperiment experiment(c, {});
  std::set<std::string> names;
  for (const Metric& metric : experiment.step().row) names.insert(metric.name);
  // Beyond the original's.
  for (const char* own : {"iteration", "R", "grad_norm", "lambda_1", "lambda_2"}) names.erase(own);
  return names;
}

}  // namespace

// plastic.md 6.1: what metrics.csv and TensorBoard files call the scalars.
TEST_CASE("plastic scalars: tags are those of the original", "[plastic]") {
  using enum NetworkType;
  const std::set<std::string> two_layers = {"Performance/Training Loss",
                                            "Performance/Accuracy",
                                            "FPFN/false positive rate",
                                            "FPFN/false negative rate",
                                            "wb/Norm of w_1",
                                            "wb/Var of w_1",
                                            "wb/Norm of w_2",
                                            "wb/Var of w_2",
                                            "wb/Norm of b_1",
                                            "wb/Var of b_1",
                                            "wb/Norm of b_2",
                                            "wb/Var of b_2",
                                            "wb/Norm of w_final",
                                            "wb/Var of w_final",
                                            "wb/Norm of b_final",
                                            "wb/Var of b_final",
                                            "Synapse/Norm of Eta_1",
                                            "Synapse/Var of Eta_1",
                                            "Synapse/Norm of Eta_2",
                                            "Synapse/Var of Eta_2",
                                            "Synapse/Lambda_1",
                                            "Synapse/Lambda_2"};
  CHECK(two_layers.size() == 22);
  CHECK(tags(Memo, {8, 6}, {"M", "A"}, {1, 1}) == two_layers);
  CHECK(tags(Memo, {8}, {"M"}, {1}).size() == 15);
  CHECK(tags(Nonl_RO, {8, 6}, {"M"}, {1}).size() == 19);

  auto one_rate = two_layers;  // of the second layer
  one_rate.erase("Synapse/Norm of Eta_2");
  one_rate.erase("Synapse/Var of Eta_2");
  one_rate.insert("Synapse/Eta_2");
  CHECK(tags(Memo, {8, 6}, {"M", "A"}, {0.5, 0}) == one_rate);
}

}  // namespace tsd::plastic
