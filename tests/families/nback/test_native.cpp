// The native backend against the plain one: the same weights, batches and dropout masks give the same
// numbers.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "families/nback/model/backend.hpp"
#include "families/nback/model/parameters.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

constexpr int kStimuli = 40;
// Two threads where they are the question; elsewhere one, which a busy machine cannot slow down by waiting.
constexpr int kThreads = 2, kOne = 1;

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
        native(make_native_backend(spec, table, kOne, 11)),
        plain(make_torch_backend(spec, table, "cpu", 11)) {}
  std::vector<float> table;
  std::unique_ptr<Backend> native, plain;
};

// float32 carries 6e-8; a value here is a sum of some 100 rounded terms, through up to 12 cells.
constexpr double kForward = 3e-6, kGradient = 1e-5;

void compare_forward(Pair& pair, const Batch& batch) {
  Trace native, plain;
  const auto a = pair.native->evaluate(batch, loss_spec(), &native);
  const auto b = pair.plain->evaluate(batch, loss_spec(), &plain);
  CHECK(a.loss == Approx(b.loss).epsilon(kForward));
  CHECK(a.main == Approx(b.main).epsilon(kForward));
  CHECK(a.no_action == Approx(b.no_action).epsilon(kForward));
  CHECK(a.all_steps == Approx(b.all_steps).epsilon(kForward));
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
  const auto a = pair.native->train(batch, loss_spec(), update),
             b = pair.plain->train(batch, loss_spec(), update);
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
  CAPTURE(static_cast<int>(spec.cell), static_cast<int>(spec.attention), spec.layers,
          spec.classifier_layers.size(), spec.dropout);
  Pair pair(spec);
  const auto batch = random_batch(5, 6, 1);
  compare_forward(pair, batch);
  compare_gradients(pair, spec, batch);
  UpdateSpec update;
  update.lr = 1e-3, update.weight_decay = 0.01, update.grad_clip = 0.5;
  for (int step = 0; step < 6; ++step) {  // batches of other sizes on the way
    const auto next = random_batch(step == 3 ? 2 : 7, 6, 10 + step);
    const auto a = pair.native->train(next, loss_spec(), update),
               b = pair.plain->train(next, loss_spec(), update);
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

TEST_CASE("native: five levels with a task input each, and a sixth without", "[nback][native]") {
  for (const Attention attention : {Attention::none, Attention::task_only, Attention::dual}) {
    ModelSpec spec = odd_spec(Cell::gru, attention, 1, {}, false);
    spec.levels = 5;
    Pair pair(spec);
    Batch batch = random_batch(36, 7, 3);
    for (int b = 0; b < batch.B; ++b)
      batch.feature[b] = static_cast<std::uint8_t>(b % 3),
      batch.n[b] = static_cast<std::uint8_t>(1 + b / 3 % 6);
    compare_forward(pair, batch);
    compare_gradients(pair, spec, batch);
  }
}

namespace {

bool equal(const Arrays& a, const Arrays& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].shape != b[i].shape || a[i].bytes != b[i].bytes) return false;
  return true;
}

void train(Backend& backend, int first, int steps) {
  for (int step = first; step < first + steps; ++step)
    backend.train(random_batch(6, 6, 100 + step), loss_spec(), {});
}

using Make =
    std::function<std::unique_ptr<Backend>(const ModelSpec&, const std::vector<float>&, std::uint64_t seed)>;
const Make kNative = [](const ModelSpec& spec, const std::vector<float>& table, std::uint64_t seed) {
  return make_native_backend(spec, table, kThreads, seed);
};
const Make kPlain = [](const ModelSpec& spec, const std::vector<float>& table, std::uint64_t seed) {
  return make_torch_backend(spec, table, "cpu", seed);
};

}  // namespace

TEST_CASE("native, plain: a restored state goes on in the same bits", "[nback][native]") {
  for (const Attention attention : {Attention::none, Attention::task_only, Attention::dual})
    for (const Make& make : {kNative, kPlain}) {
      const auto spec = odd_spec(Cell::gru, attention, 2, {13}, true);
      const auto table = features(spec);
      const auto whole = make(spec, table, 1);
      train(*whole, 0, 4);
      const auto middle = whole->state();
      train(*whole, 4, 3);

      const auto resumed = make(spec, table, 2);                // other weights, other generator,
      resumed->train(random_batch(11, 4, 5), loss_spec(), {});  // other sizes of every buffer
      resumed->restore(middle);
      CHECK(equal(resumed->state(), middle));
      train(*resumed, 4, 3);
      CHECK(equal(resumed->state(), whole->state()));
    }
}

TEST_CASE("native: its state goes on in the plain backend", "[nback][native]") {
  const auto spec = odd_spec(Cell::lstm, Attention::task_only, 2, {}, true);
  Pair pair(spec);
  train(*pair.native, 0, 5);
  pair.plain->restore(pair.native->state());
  const auto batch = random_batch(6, 6, 50);
  const auto a = pair.native->train(batch, loss_spec(), {}), b = pair.plain->train(batch, loss_spec(), {});
  CHECK(a.loss == Approx(b.loss).epsilon(kForward));
  CHECK(a.gradient_norm == Approx(b.gradient_norm).epsilon(kGradient));
  const auto native = pair.native->state(), plain = pair.plain->state();
  for (const auto& parameter : parameters(spec)) {
    CAPTURE(parameter.name);
    const auto name = std::string(kSecondMoment) + parameter.name;
    CHECK(difference(find(native, name).as<float>(), find(plain, name).as<float>()) < kGradient);
  }
}

TEST_CASE("native: weights come back in PyTorch's layout", "[nback][native]") {
  const auto spec = odd_spec(Cell::gru, Attention::dual, 2, {13}, false);
  const auto backend = make_native_backend(spec, features(spec), kOne, 11);
  CHECK(equal(backend->weights(), initial_weights(spec, 11)));
  backend->load_weights(initial_weights(spec, 12));
  CHECK(equal(backend->weights(), initial_weights(spec, 12)));
}

TEST_CASE("native: one thread or two", "[nback][native]") {
  for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm}) {
    const auto spec = odd_spec(cell, Attention::task_only, 2, {13}, true);
    const auto table = features(spec);
    const auto one = make_native_backend(spec, table, kOne, 11),
               two = make_native_backend(spec, table, kThreads, 11);
    train(*one, 0, 5), train(*two, 0, 5);
    const auto batch = random_batch(40, 6, 50);
    const auto a = one->evaluate(batch, loss_spec()), b = two->evaluate(batch, loss_spec());
    CHECK(a.loss == Approx(b.loss).epsilon(1e-4));  // AdamW moves a weight of uncertain gradient by lr
  }
}

TEST_CASE("native, plain: a gradient that is not finite is named and changes nothing", "[nback][native]") {
  for (const Make& make : {kNative, kPlain}) {
    const auto spec = odd_spec(Cell::gru, Attention::none, 1, {}, false);
    auto table = features(spec);
    const auto backend = make(spec, table, 1);
    train(*backend, 0, 2);
    const auto before = backend->weights();
    for (float& value : table) value = std::numeric_limits<float>::infinity();
    backend->set_features(table);
    CHECK_THROWS_WITH(train(*backend, 2, 1), "gradient of perceptual.reduce.weight is not finite");
    CHECK(equal(backend->weights(), before));

    backend->set_features(features(spec));
    auto weights = before;
    for (auto& array : weights)
      if (array.name == "classifier.bias") array.as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
    backend->load_weights(weights);
    CHECK_THROWS_AS(train(*backend, 2, 1), NumericError);
  }
}

TEST_CASE("native, plain: terms of the loss without steps are 0", "[nback][native]") {
  const auto spec = odd_spec(Cell::rnn, Attention::none, 1, {}, false);
  Pair pair(spec);
  auto batch = random_batch(4, 3, 1);
  for (auto& n : batch.n) n = 3;  // no executive steps
  auto loss = loss_spec();
  for (auto* backend : {pair.native.get(), pair.plain.get()}) {
    const auto outcome = backend->train(batch, loss, {});
    CHECK(outcome.main == 0);
    CHECK(outcome.no_action > 0);
    CHECK(outcome.loss == Approx(0.3 * outcome.no_action));
  }
  loss.mask_trivial_steps = false;  // all steps are executive
  const auto native = pair.native->evaluate(batch, loss), plain = pair.plain->evaluate(batch, loss);
  CHECK(native.no_action == 0);
  CHECK(plain.no_action == 0);
  CHECK(native.main == Approx(plain.main).epsilon(kForward));
  for (double& weight : loss.class_weights) weight = 0;
  CHECK(pair.native->evaluate(batch, loss).loss == 0);
  CHECK(pair.plain->evaluate(batch, loss).loss == 0);
  loss = loss_spec();
  loss.no_action_weight = 0;
  CHECK(pair.native->evaluate(batch, loss).no_action == 0);
  CHECK(pair.plain->evaluate(batch, loss).no_action == 0);
}

TEST_CASE("native, plain: new features and new weights are seen by the next evaluation", "[nback][native]") {
  const auto spec = odd_spec(Cell::rnn, Attention::none, 1, {}, false);
  Pair pair(spec);
  const auto batch = random_batch(4, 6, 1);
  compare_forward(pair, batch);
  auto other = features(spec);
  for (float& value : other) value *= 0.5f;
  const double before = pair.native->evaluate(batch, loss_spec()).loss;
  pair.native->set_features(other), pair.plain->set_features(other);
  compare_forward(pair, batch);
  CHECK(pair.native->evaluate(batch, loss_spec()).loss != before);
  const auto weights = initial_weights(spec, 99);
  pair.native->load_weights(weights), pair.plain->load_weights(weights);
  compare_forward(pair, batch);
}

}  // namespace tsd::nback
