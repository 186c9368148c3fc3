// The network step by step in double precision against the backend that trains it in single.
#include "families/nback/analysis/cognition.hpp"

#include <cmath>

#include "families/nback/model/backend.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

using namespace tsd;
using namespace tsd::nback;

namespace {

constexpr int kStimuli = 12, kSequences = 5, kSteps = 6;

Dense step_of(const std::vector<float>& values, int t, int width) {
  Dense x(kSequences, width);
  for (int b = 0; b < kSequences; ++b)
    for (int k = 0; k < width; ++k) x(b, k) = values[(static_cast<std::size_t>(b) * kSteps + t) * width + k];
  return x;
}

void check_close(const Dense& x, const Dense& y) {
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(x.values[i] == Approx(y.values[i]).margin(2e-6));
}

void check(const ModelSpec& spec) {
  std::vector<float> features(static_cast<std::size_t>(kStimuli) * spec.F);
  Philox rng(4, "cognition");
  for (float& value : features) value = static_cast<float>(rng.normal());
  const auto backend = make_native_backend(spec, features, 1, 7);
  Batch batch;
  batch.B = kSequences, batch.L = kSteps;
  for (int i = 0; i < kSequences * kSteps; ++i) {
    batch.stimulus.push_back(static_cast<std::int32_t>(rng.below(kStimuli)));
    batch.target.push_back(1);
  }
  Dense task(kSequences, spec.task_inputs());
  for (int b = 0; b < kSequences; ++b) {
    batch.feature.push_back(static_cast<std::uint8_t>(b % 3));
    batch.n.push_back(static_cast<std::uint8_t>(1 + b % 3));
    std::ranges::copy(task_vector(static_cast<Property>(b % 3), 1 + b % 3, spec.levels), task.row(b));
  }
  Trace trace;
  backend->evaluate(batch, LossSpec{}, &trace);

  const Cognition network(backend->weights(), spec);
  auto state = network.rest(kSequences);
  for (int t = 0; t < kSteps; ++t) {
    Dense attended = step_of(trace.cnn, t, spec.H);
    if (!trace.gates.empty()) {
      const Dense gates = step_of(trace.gates, t, spec.H);
      for (std::size_t i = 0; i < attended.size(); ++i) attended.values[i] *= gates.values[i];
    }
    network.step(state, network.drive(attended, task));
    check_close(state.h.back(), step_of(trace.hidden, t, spec.H));
    Dense expected = step_of(trace.logits, t, kResponses);
    for (int b = 0; b < kSequences; ++b) {
      double sum = 0;
      for (double& value : expected.span(b)) sum += value = std::exp(value);
      for (double& value : expected.span(b)) value /= sum;
    }
    check_close(network.probabilities(state.h.back()), expected);
  }
}

}  // namespace

TEST_CASE("cognition: states and answers as the backend's, for every cell and gate", "[analysis]") {
  for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm})
    for (const Attention attention : {Attention::none, Attention::task_only, Attention::dual}) {
      ModelSpec spec;
      spec.F = 11, spec.H = 9, spec.D = 7;
      spec.cell = cell;
      spec.attention = attention;
      check(spec);
      spec.layers = 2;
      spec.classifier_layers = {5, 4};
      check(spec);
    }
}
