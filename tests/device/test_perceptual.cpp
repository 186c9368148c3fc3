// The frozen network of N-back on the walled device: convolutions, batch norm and pooling have the CPU's bits.
#include "families/nback/data/features/perceptual.hpp"

#include "nn/made_up_weights.hpp"
#include "support/catch.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::nback {

TEST_CASE("device: features of images, and statistics that learn, have the CPU's bits", "[device]") {
  const test::OneThread one;
  Philox random(3, "pixels");
  std::vector<std::uint8_t> pixels(2 * kImageBytes);
  for (auto& byte : pixels) byte = static_cast<std::uint8_t>(random.below(256));
  const std::vector<std::int32_t> rows = {1, 0};
  struct Found {
    std::vector<float> features, live;
    Arrays state;
  };
  const auto found = [&](const std::string& device) {
    Perceptual network({Arch::mobilenet_v2, std::nullopt, "random"}, device, 4);
    network.recalibrate(pixels, rows);
    Found f;
    f.features = network.features_of(pixels, rows);
    f.live = network.features_in_training(pixels, rows);
    f.state = network.state();
    return f;
  };
  const Found expected = found("cpu"), got = found("walled:1");
  CHECK(got.features == expected.features);
  CHECK(got.live == expected.live);
  REQUIRE(got.state.size() == expected.state.size());
  for (std::size_t k = 0; k < got.state.size(); ++k) CHECK((got.state[k].bytes == expected.state[k].bytes));
}

}  // namespace tsd::nback
