#include "families/plastic/analysis/matrices.hpp"
#include "families/plastic/finished.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {

// Singular values, mean and deviation of NumPy, of the float32 matrices of plastic.md 11.2 in double
// precision.
TEST_CASE("plastic matrices: those of the published parameters, with singular values", "[plastic]") {
  const test::TemporaryDirectory folder;
  Config c;
  c.hidden_dims = {6, 5};
  c.hetero_rates = {1, 0};
  const auto parameters = test::published_parameters(c);
  test::write_parameters(folder / "p.safetensors", c, parameters);
  c.init_file = (folder / "p.safetensors").string();
  PlasticExperiment experiment(c, test::context());
  const test::Analyzed found(matrices(), experiment);
  const std::string group = "/runs/5/latest/";

  const std::pair<std::string, std::vector<double>> expected[] = {
      {"W_1",
       {1.752902159188761, 1.647776255174668, 1.5875503835511293, 1.3280800965673658, 1.1835151855284562,
        0.9657163622443932}},
      {"W_2",
       {1.372651055257582, 0.6231828000725244, 0.30779712544803234, 0.1469790795833072,
        0.025759106845192996}},
      {"eta_1",
       {2.35734522413963, 2.2202843002946695, 2.023927955051358, 1.6484350317802703, 1.3047074151332427,
        0.9163440611033196}}};
  for (const auto& [name, singular] : expected) {
    CAPTURE(name);
    const auto S = found.values<double>(group + name + "/S");
    REQUIRE(S.size() == singular.size());
    for (std::size_t k = 0; k < S.size(); ++k) CHECK(S[k] == Approx(singular[k]).epsilon(1e-9));
  }
  CHECK(found.file().number_attribute(group + "W_1/values", "clip_low") ==
        Approx(-0.5753423837).epsilon(1e-6));
  CHECK(found.file().number_attribute(group + "W_1/values", "clip_high") ==
        Approx(0.5749738266).epsilon(1e-6));
  CHECK_FALSE(found.file().exists(group + "eta_2"));  // one rate for all
  REQUIRE(found.values<double>(group + "w_final/S").size() == 1);

  const auto W = found.values<float>(group + "W_2/values");
  const auto U = found.values<double>(group + "W_2/U"), S = found.values<double>(group + "W_2/S"),
             Vt = found.values<double>(group + "W_2/Vt");
  REQUIRE(U.size() == 5 * 5);
  REQUIRE(Vt.size() == 5 * 6);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 6; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 5; ++k) sum += U[i * 5 + k] * S[k] * Vt[k * 6 + j];
      CHECK(sum == Approx(W[i * 6 + j]).margin(1e-12));
      CHECK(W[i * 6 + j] == parameters[Layout(c.spec()).weight[1].offset + i * 6 + j]);
    }
}

TEST_CASE("plastic matrices: every stage's model and the latest", "[plastic]") {
  Config c;
  c.hidden_dims = {6, 5};
  c.T_min = 20, c.max_iterations_per_R = 2, c.max_total_iterations = 5;  // two capped stages and one begun
  PlasticExperiment experiment(c, test::context());
  while (!experiment.finished()) experiment.step();
  const test::Analyzed found(matrices(), experiment);
  CHECK(found.file().list("/runs/5") == std::vector<std::string>{"R_1", "R_2", "latest"});
  CHECK(found.file().number_attribute("/runs/5/latest", "R") == 3);
  const auto& learner = experiment.learners()[0];
  CHECK(found.values<float>("/runs/5/R_1/W_1/values")[0] ==
        learner.stages()[0].parameters[learner.layout().weight[0].offset]);
}

}  // namespace tsd::plastic
