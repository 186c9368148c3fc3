// The first epochs of scripts/reference/oracles/dual_stream/autograd.py: densities below 1.2e-38 that decide about
// recruitment, and momentum where both streams learn.
#include <cmath>

#include "families/dual_stream/simulated.hpp"
#include "support/catch.hpp"

namespace tsd::dual_stream::test {
namespace {

using Curves = std::vector<std::vector<double>>;  // lc, then loss, of fast, slow and total

// Participants of longer runs, as the orders of items are theirs.
struct Beginning {
  Curves curves;
  std::vector<int> units;
};

Beginning begin(Config c, std::size_t runs, std::size_t epochs, bool native) {
  c.n_runs = 10;
  c.epochs = 350;
  Simulation s(c, native, 0, runs);
  Beginning b{Curves(6, std::vector<double>(epochs)), {}};
  const std::size_t width = values_per_trial(s.model.K);
  for (std::size_t e = 0; e < epochs; ++e)
    for (const Outcome& outcome : s.run(e, 0, 100))
      for (std::size_t i = 0; i < outcome.values.size(); i += width)
        for (std::size_t curve = 0; curve < 6; ++curve)
          b.curves[curve][e] += outcome.values[i + curve] / static_cast<double>(100 * runs);
  for (std::size_t run = 0; run < runs; ++run)
    b.units.push_back(static_cast<int>(s.read(s.layout.active, run)[0]) * s.model.fast.recruits);
  return b;
}

void check(const Beginning& b, const Curves& expected, const std::vector<int>& units) {
  CHECK(b.units == units);
  for (std::size_t curve = 0; curve < 6; ++curve)
    for (std::size_t e = 0; e < expected[curve].size(); ++e) {
      CAPTURE(curve, e, b.curves[curve][e], expected[curve][e]);
      CHECK(std::abs(b.curves[curve][e] - expected[curve][e]) <=
            1e-6);  // float32 sums over a thousand updates
    }
}

}  // namespace

TEST_CASE("dual stream autograd: units of hardly any density are recruited", "[dual_stream]") {
  Config c = distribution_config();
  c.fast = FastName::distr_learner_mu;
  c.fast_config.attn_weighting = 0.004;
  c.init_seed = 2609583565;
  c.init_offset = 14270;
  for (const bool native : {true, false})
    check(begin(c, 3, native ? 4 : 1, native),
          native ? Curves{{0.164407023, 0.087257328, 0.063436849},
                          {0.499857251, 0.494828538, 0.490437624},
                          {0.167167497, 0.085859455, 0.06287637},
                          {0.293960384, 0.192731844, 0.177540524},
                          {0.694282076, 0.690167087, 0.685167331},
                          {0.296744878, 0.19239526, 0.17683161}}
                 : Curves{{0.164407023},
                          {0.499857251},
                          {0.167167497},
                          {0.293960384},
                          {0.694282076},
                          {0.296744878}},
          native ? std::vector<int>{100, 55, 90} : begin(c, 3, 1, true).units);
}

TEST_CASE("dual stream autograd: momenta count where both streams learn, unless told otherwise",
          "[dual_stream]") {
  Config c = distribution_config();
  c.fast_config.attn_weighting = 0.05;
  c.fast_config.momentum = c.slow_config.mom = 0.5;
  check(begin(c, 2, 3, true),
        {{0.467309251, 0.277379453, 0.149559505},
         {0.488558967, 0.339817087, 0.176586528},
         {0.457520938, 0.20945856, 0.064043684},
         {0.661217315, 0.471150001, 0.285645944},
         {0.685873172, 0.535983305, 0.359105925},
         {0.655182987, 0.379509723, 0.171637736}},
        {10, 12});
  c.honour_momentum = false;
  CHECK(begin(c, 2, 2, true).curves[0][1] > 0.3);
}

}  // namespace tsd::dual_stream::test
