// The vector kernel against autograd on random networks.
#include "families/plastic/config.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::plastic {
namespace {

template <class T>
const T& one_of(Philox& random, const std::vector<T>& choices) {
  return choices[random.below(choices.size())];
}

Config random_config(Philox& random) {
  Config c;
  c.network_type = one_of<NetworkType>(
      random, {NetworkType::Memo, NetworkType::Dyn_RO, NetworkType::Nonl_RO, NetworkType::Stack,
               NetworkType::HebbFF, NetworkType::RNN, NetworkType::LSTM, NetworkType::Static});
  c.vec_len = 2 + static_cast<int>(random.below(30));
  c.scene_time = 1 + static_cast<int>(random.below(5));
  c.strict = true;
  c.hidden_dims.clear(), c.plastic_types.clear(), c.hetero_rates.clear();
  for (std::uint64_t layers = 1 + random.below(3); layers > 0; --layers) {
    c.hidden_dims.push_back(1 + static_cast<int>(random.below(90)));
    c.plastic_types.push_back(one_of<std::string>(random, {"M", "A"}));
    c.hetero_rates.push_back(one_of<double>(random, {0, 0.5, 1}));
  }
  if (c.network_type == NetworkType::HebbFF)
    c.eta_sign = one_of<Sign>(random, {Sign::free, Sign::hebbian, Sign::antihebbian});
  return c;
}

double norm(std::span<const float> values) {
  double squares = 0;
  for (const float v : values) squares += double{v} * v;
  return std::sqrt(squares);
}

}  // namespace

TEST_CASE("plastic native: outputs, activity and gradients of autograd on random networks", "[plastic]") {
  Philox random(11, "test");
  for (int trial = 0; trial < 28; ++trial) {
    const Config c = random_config(random);
    CAPTURE(trial, c.reference_name());
    const ModelSpec network = c.spec();
    const Layout layout(network);
    TorchGenerator generator(static_cast<std::uint64_t>(trial));
    const double decay = random.random();
    const bool direct = c.network_type == NetworkType::HebbFF;
    auto p = initial_parameters(
        network, layout,
        {direct ? decay : decay * 4 - 1, direct ? (c.eta_sign == Sign::free ? -0.2 : -3) : -0.1}, generator);
    for (const Slot& eta : layout.eta)  // weak enough for a sequence that float32 can follow
      for (std::size_t k = 0; k < eta.size(); ++k) p[eta.offset + k] *= 0.5f;
    const auto draws = fast_draws(static_cast<std::uint64_t>(trial));
    std::vector<Sequence> sequences(2);
    for (Sequence& sequence : sequences) generate(c.task(), 2, 8, *draws, sequence);
    for (const Bce bce : {Bce::reference, Bce::logits}) {
      const auto native = native_backend(network, bce), plain = torch_backend(network, bce, "cpu");
      Trace got, expected;
      const auto y = native->run(p, sequences[0], &got), y_plain = plain->run(p, sequences[0], &expected);
      // A frame's rounding, 1e-7 or so of a sum of tens of terms, grows over up to 40 frames of recurrence.
      for (std::size_t s = 0; s < y.size(); ++s) CHECK(y[s] == Approx(y_plain[s]).margin(1e-5));
      for (std::size_t t = 0; t < got.y.size(); ++t) CHECK(got.y[t] == Approx(expected.y[t]).margin(1e-5));
      for (std::size_t i = 0; i < got.h.size(); ++i) {
        double worst = 0;
        for (std::size_t k = 0; k < got.h[i].size(); ++k)
          worst = std::max(worst, std::abs(double{got.h[i][k]} - expected.h[i][k]));
        CHECK(worst < 2e-5);
      }
      std::vector<float> g(layout.size()), g_plain(layout.size());
      const auto outputs = native->gradient(p, sequences, g);
      plain->gradient(p, sequences, g_plain);
      CHECK(outputs[0][3] == y[3]);
      CHECK(norm(g_plain) > 1e-3);
      for (const Slot& slot : layout.slots()) {
        CAPTURE(slot.name);
        std::vector<float> difference(slot.size());
        for (std::size_t k = 0; k < slot.size(); ++k)
          difference[k] = g[slot.offset + k] - g_plain[slot.offset + k];
        CHECK(norm(difference) <
              1e-4 * norm(std::span(g_plain).subspan(slot.offset, slot.size())) + 1e-6 * norm(g_plain));
      }
    }
  }
}

}  // namespace tsd::plastic
