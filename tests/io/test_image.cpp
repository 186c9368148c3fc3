#include "tsd/io/image.hpp"

#include <random>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

using namespace tsd;
using test::TemporaryDirectory;

namespace {
Image gradient(int width, int height) {
  Image image = black_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.at(x, y)[0] = static_cast<std::uint8_t>(x * 7);
      image.at(x, y)[1] = static_cast<std::uint8_t>(y * 5);
      image.at(x, y)[2] = static_cast<std::uint8_t>(x ^ y);
    }
  return image;
}
}  // namespace

TEST_CASE("image: a PNG keeps every pixel", "[io]") {
  const TemporaryDirectory folder;
  const Image image = gradient(31, 17);
  write_png(folder / "a.png", image);
  const Image read = read_png(folder / "a.png");
  CHECK(read.width == 31);
  CHECK(read.height == 17);
  CHECK(read.pixels == image.pixels);
}

TEST_CASE("image: too large, missing, or no image", "[io]") {
  const TemporaryDirectory folder;
  write_png(folder / "a.png", gradient(31, 17));
  CHECK_THROWS_WITH(read_png(folder / "a.png", 30), Catch::Contains("at most 30 pixels a side, got 31 x 17"));
  CHECK_THROWS_AS(read_png(folder / "b.png"), MissingInput);
  write_atomically(folder / "c.png", std::string_view("text"));
  CHECK_THROWS_AS(read_png(folder / "c.png"), DataError);
}

TEST_CASE("image: mutated files never do worse than an error", "[io]") {
  const TemporaryDirectory folder;
  write_png(folder / "a.png", gradient(64, 64));
  const auto sound = test::slurp(folder / "a.png");
  std::mt19937 random(1);
  int refused = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    auto damaged = sound;
    for (int k = 0; k < 4; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (trial % 4 == 0) damaged.resize(random() % damaged.size());
    test::spit(folder / "b.png", damaged);
    try {
      read_png(folder / "b.png");
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 1900);  // a PNG checks itself: hardly any damage passes
}
