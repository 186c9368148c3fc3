// The plain model against the numbers of nback.md 11.2 (double precision, PyTorch's) and 3.7.
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <cmath>

#include "families/nback/model/parameters.hpp"
#include "families/nback/plain/loss.hpp"
#include "families/nback/plain/model.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

ModelSpec small_spec(Cell cell, Attention attention) {
  ModelSpec spec;
  spec.F = 8, spec.H = 4, spec.D = 4;
  spec.cell = cell;
  spec.attention = attention;
  return spec;
}

Batch small_batch() {
  Batch batch;
  batch.B = 2, batch.L = 6;
  batch.target = {0, 1, 2, 1, 2, 2, 0, 0, 2, 1, 1, 2};
  batch.feature = {0, 1};
  batch.n = {1, 2};
  return batch;
}

torch::Tensor small_features() {
  const auto j = torch::arange(2 * 6 * 8, torch::kFloat64);
  return (0.37 * (j + 1)).sin().abs().view({2, 6, 8});
}

// nback.md 11.2 numbers the classifier before the attention, parameters() after it.
Model small_model(const ModelSpec& spec) {
  const torch::NoGradGuard no_grad;
  Model model(spec);
  model->to(torch::kFloat64);
  auto tensors = model->named_parameters();
  const auto list = parameters(spec);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const bool classifier = i + 2 >= list.size();
    const double p = classifier ? 10 + (i + 2 - list.size()) : i < 10 ? i : i + 2;
    auto& tensor = tensors[list[i].name];
    const auto j = torch::arange(tensor.numel(), torch::kFloat64);
    const auto value = (0.5 * (1 + 0.7 * p + 0.3 * j).sin()).view(tensor.sizes());
    tensor.copy_(p == 4 ? 1 + 0.2 * value : value);
  }
  return model;
}

LossSpec small_loss() {
  LossSpec loss;
  loss.class_weights[0] = 0, loss.class_weights[1] = 1.1, loss.class_weights[2] = 0.9;
  loss.no_action_weight = 0.1;
  return loss;
}

struct Row {
  Cell cell;
  Attention attention;
  double loss, main, no_action, norm, after_1, after_10;
};

// nback.md 11.2, nine printed decimals.
constexpr Row kRows[] = {
    {Cell::rnn, Attention::none, 2.367497199, 2.341417340, 0.260798591, 2.031441573, 2.251996095,
     1.560897936},
    {Cell::rnn, Attention::task_only, 2.341979926, 2.315766064, 0.262138620, 2.090477231, 2.236400734,
     1.550663541},
    {Cell::rnn, Attention::dual, 2.341962971, 2.315672107, 0.262908639, 2.090991809, 2.235676312,
     1.550513529},
    {Cell::gru, Attention::none, 1.110442605, 0.989719484, 1.207231215, 0.493703911, 1.076471249,
     0.960217266},
    {Cell::gru, Attention::task_only, 1.091808340, 0.970752799, 1.210555414, 0.411887167, 1.067842018,
     0.964237392},
    {Cell::gru, Attention::dual, 1.091805701, 0.970953571, 1.208521291, 0.414477748, 1.067444558,
     0.964280197},
    {Cell::lstm, Attention::none, 1.179145234, 1.068121673, 1.110235610, 0.376462531, 1.156309656,
     1.024228268},
    {Cell::lstm, Attention::task_only, 1.180150653, 1.069092765, 1.110578882, 0.380206446, 1.159365551,
     1.023461355},
    {Cell::lstm, Attention::dual, 1.180383700, 1.069416811, 1.109668890, 0.380603082, 1.159397463,
     1.023506915},
};

void require_close(const torch::Tensor& got, std::vector<double> expected) {
  REQUIRE(got.numel() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(got[i].item<double>() ==
          Approx(expected[i]).epsilon(0).margin(6e-10));  // half a unit of the last digit
}

}  // namespace

TEST_CASE("model: loss, gradient norm and updates of every cell and attention", "[nback][model]") {
  at::set_num_threads(1);       // four units
  const double digits = 6e-10;  // half a unit of the last printed digit, and a little for rounding
  for (const Row& row : kRows) {
    CAPTURE(static_cast<int>(row.cell), static_cast<int>(row.attention));
    auto model = small_model(small_spec(row.cell, row.attention));
    const auto batch = small_batch();
    const auto features = small_features(), task = task_vectors(batch, kLevels, torch::kFloat64);
    torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(0.01).weight_decay(0.01));
    const auto forward = [&] {
      return loss_terms(model->forward(features, task).logits, batch, small_loss());
    };
    for (int step = 0; step < 10; ++step) {
      const auto terms = forward();
      if (step == 0) {
        CHECK(terms.loss.item<double>() == Approx(row.loss).epsilon(0).margin(digits));
        CHECK(terms.main.item<double>() == Approx(row.main).epsilon(0).margin(digits));
        CHECK(terms.no_action.item<double>() == Approx(row.no_action).epsilon(0).margin(digits));
      }
      if (step == 1) CHECK(terms.loss.item<double>() == Approx(row.after_1).epsilon(0).margin(digits));
      optimizer.zero_grad();
      terms.loss.backward();
      const double norm = clip_gradients(model->named_parameters(), 1.0);
      if (step == 0) CHECK(norm == Approx(row.norm).epsilon(0).margin(digits));
      optimizer.step();
    }
    CHECK(forward().loss.item<double>() == Approx(row.after_10).epsilon(0).margin(digits));
  }
}

TEST_CASE("model: hidden states, logits and gates", "[nback][model]") {
  const auto batch = small_batch();
  const auto features = small_features(), task = task_vectors(batch, kLevels, torch::kFloat64);
  const auto run = [&](Cell cell, Attention attention) {
    return small_model(small_spec(cell, attention))->forward(features, task);
  };
  const auto gru = run(Cell::gru, Attention::none);
  require_close(gru.e[0][0], {2.610177991, -1.729408552, 1.479527225, 0.8096981335});
  require_close(gru.hidden[1][5], {0.393407373, -0.0293033719, -0.5764446056, -0.7075572922});
  require_close(gru.logits[1][5], {0.123956588, 0.5777677075, 0.539138128});
  require_close(run(Cell::gru, Attention::task_only).gates[0][0],
                {0.7183032643, 0.7230146321, 0.6391208391, 0.5580931967});
  const auto dual = run(Cell::gru, Attention::dual);
  require_close(dual.gates[0][0], {0.7655531485, 0.6694281123, 0.4647041572, 0.4062632686});
  require_close(dual.gates[1][5], {0.7709405515, 0.6750799401, 0.4618025847, 0.3980626731});
}

TEST_CASE("model: parameter counts", "[nback][model]") {  // nback.md 3.7
  const auto total = [](int H, Cell cell, Attention attention) {
    ModelSpec spec;
    spec.H = spec.D = H;
    spec.cell = cell;
    spec.attention = attention;
    std::int64_t listed = 0, made = 0;
    for (const auto& parameter : parameters(spec)) listed += count(parameter.shape);
    for (const auto& tensor : Model(spec)->parameters()) made += tensor.numel();
    CHECK(listed == made);
    return listed;
  };
  CHECK(total(256, Cell::rnn, Attention::none) == 724739);
  CHECK(total(256, Cell::gru, Attention::none) == 987907);
  CHECK(total(256, Cell::lstm, Attention::none) == 1119491);
  CHECK(total(128, Cell::rnn, Attention::none) == 313219);
  CHECK(total(128, Cell::gru, Attention::none) == 379267);
  CHECK(total(128, Cell::lstm, Attention::none) == 412291);
  CHECK(total(256, Cell::gru, Attention::task_only) == 987907 + 134912);
  CHECK(total(256, Cell::gru, Attention::dual) == 987907 + 199168);
  CHECK(total(128, Cell::gru, Attention::task_only) == 379267 + 34688);
  CHECK(total(128, Cell::gru, Attention::dual) == 379267 + 50432);
}

TEST_CASE("model: names and shapes of the modules are those listed", "[nback][model]") {
  for (const Attention attention : {Attention::none, Attention::task_only, Attention::dual})
    for (const auto& classifier : {std::vector<int>{}, std::vector<int>{7, 5}}) {
      ModelSpec spec = small_spec(Cell::lstm, attention);
      spec.layers = 2;
      spec.classifier_layers = classifier;
      Model model(spec);
      const auto tensors = model->named_parameters();
      const auto list = parameters(spec);
      CHECK(list.size() == tensors.size());
      for (const auto& parameter : list) {
        CAPTURE(parameter.name);
        const auto* tensor = tensors.find(parameter.name);
        REQUIRE(tensor);
        CHECK(tensor->sizes().vec() == parameter.shape);
      }
    }
}

}  // namespace tsd::nback
