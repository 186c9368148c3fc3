// The native backend against the plain one: the same weights, batches and dropout masks give the same numbers.
#include <algorithm>
#include <cmath>
#include <limits>

#include "families/nback/backend.hpp"
#include "families/nback/parameters.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

constexpr int kThreads = 2, kStimuli = 40;

// Widths that are no multiples of a vector, so that the tails of all loops are run.
ModelSpec odd_spec(Cell cell, Attention attention, int layers, std::vector<int> classifier, bool dropout) {
  ModelSpec spec;
  spec.F = 37, spec.H = 21, spec.D = 19;
  spec.cell = cell;
  spec.attention = attention;
  spec.layers = layers;
  spec.classifier_layers = std::move(classifier);
  spec.dropout = dropout ? 0.2 : 0;
  spec.attention_dropout = dropout ? 0.3 : 0;
  return spec;
}

std::vector<float> features(const ModelSpec& spec) {
  std::vector<float> values(static_cast<std::size_t>(kStimuli) * spec.F);
  Philox generator(3, "features");
  for (float& value : values) value = static_cast<float>(generator.normal());
  return values;
}

Batch random_batch(int B, int L, std::uint64_t seed) {
  Philox generator(seed, "batch");
  Batch batch;
  batch.B = B, batch.L = L;
  for (int i = 0; i < B * L; ++i) {
    batch.stimulus.push_back(static_cast<std::int32_t>(generator.below(kStimuli)));
    batch.target.push_back(static_cast<std::uint8_t>(generator.below(kResponses)));
  }
  for (int b = 0; b < B; ++b) {
    batch.feature.push_back(static_cast<std::uint8_t>(generator.below(3)));
    batch.n.push_back(static_cast<std::uint8_t>(1 + generator.below(4)));  // 4: no task input for n
  }
  return batch;
}

LossSpec loss_spec() {
  LossSpec loss;
  loss.class_weights[0] = 0.2, loss.class_weights[1] = 1.1, loss.class_weights[2] = 0.9;
  loss.no_action_weight = 0.3;
  loss.label_smoothing = 0.1;
  return loss;
}

// The largest difference, relative to the largest magnitude.
double difference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double largest = 0, apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max<double>(largest, std::abs(b[i]));
    apart = std::max<double>(apart, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return largest > 0 ? apart / largest : apart;
}

struct Pair {
  explicit Pair(const ModelSpec& spec)
      : table(features(spec)),
        native(make_native_backend(spec, table, kThreads, 11)),
        plain(make_torch_backend(spec, table, "cpu", 11)) {}
  std::vector<float> table;
  std::unique_ptr<Backend> native, plain;
};

// float32 carries 6e-8; a value here is a sum of some 100 rounded terms, through up to 12 cells.
constexpr double kForward = 1e-5, kGradient = 3e-5;

void compare_forward(Pair& pair, const Batch& batch) {
  Trace native, plain;
  const auto a = pair.native->evaluate(batch, loss_spec(), &native);
  const auto b = pair.plain->evaluate(batch, loss_spec(), &plain);
  CHECK(a.loss == Approx(b.loss).epsilon(kForward));
  CHECK(a.main == Approx(b.main).epsilon(kForward));
  CHECK(a.no_action == Approx(b.no_action).epsilon(kForward));
  CHECK(a.predicted == b.predicted);
  CHECK(difference(native.hidden, plain.hidden) < kForward);
  CHECK(difference(native.cnn, plain.cnn) < kForward);
  CHECK(difference(native.gates, plain.gates) < kForward);
  CHECK(difference(native.logits, plain.logits) < kForward);
}

// Without clipping the first moment after the first step is 0.1 times the gradient.
void compare_gradients(Pair& pair, const ModelSpec& spec, const Batch& batch) {
  UpdateSpec update;
  update.grad_clip = 0;
  const auto a = pair.native->train(batch, loss_spec(), update), b = pair.plain->train(batch, loss_spec(), update);
  CHECK(a.loss == Approx(b.loss).epsilon(kForward));
  CHECK(a.predicted == b.predicted);
  CHECK(a.gradient_norm == Approx(b.gradient_norm).epsilon(kGradient));
  const auto native = pair.native->state(), plain = pair.plain->state();
  for (const auto& parameter : parameters(spec)) {
    CAPTURE(parameter.name);
    const auto name = std::string(kFirstMoment) + parameter.name;
    CHECK(difference(find(native, name).as<float>(), find(plain, name).as<float>()) < kGradient);
  }
}

void compare(const ModelSpec& spec) {
  CAPTURE(static_cast<int>(spec.cell), static_cast<int>(spec.attention), spec.layers, spec.classifier_layers.size(),
          spec.dropout);
  Pair pair(spec);
  const auto batch = random_batch(5, 6, 1);
  compare_forward(pair, batch);
  compare_gradients(pair, spec, batch);
  UpdateSpec update;
  update.lr = 1e-3, update.weight_decay = 0.01, update.grad_clip = 0.5;
  for (int step = 0; step < 6; ++step) {  // batches of other sizes on the way
    const auto next = random_batch(step == 3 ? 2 : 7, 6, 10 + step);
    const auto a = pair.native->train(next, loss_spec(), update), b = pair.plain->train(next, loss_spec(), update);
    // A gradient near 0 has no certain sign, and AdamW moves it by lr all the same.
    CHECK(a.loss == Approx(b.loss).epsilon(1e-4));
    CHECK(a.gradient_norm == Approx(b.gradient_norm).epsilon(1e-3));
  }
}

}  // namespace

TEST_CASE("native: forward, gradients and training equal the plain model's", "[nback][native]") {
  for (const bool dropout : {false, true})
    for (const int layers : {1, 2})
      for (const auto& classifier : {std::vector<int>{}, std::vector<int>{13, 9}})
        for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm})
          for (const Attention attention : {Attention::none, Attention::task_only, Attention::dual})
            compare(odd_spec(cell, attention, layers, classifier, dropout));
}

}  // namespace tsd::nback
