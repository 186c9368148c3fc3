#include "families/layered/data/images.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::layered {

void describe(Schema& s, Bars& b) {
  s.field("train", b.train, "training images").range(1, 1e7);
  s.field("test", b.test, "test images").range(1, 1e7);
  s.field("noise", b.noise, "standard deviation of a pixel, in parts of white").range(0, 10);
}

void describe(Schema& s, Data& d) {
  s.choice(
      "source", d.source, {{"bars", Source::bars}, {"idx", Source::idx}, {"cifar10", Source::cifar10}},
      "bars that are drawn; MNIST's four IDX files, or your own in their place; CIFAR-10's binary files");
  s.field("folder", d.folder,
          "where they lie: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
          "t10k-labels-idx1-ubyte; or data_batch_1.bin .. data_batch_5.bin, test_batch.bin")
      .must_exist()
      .unread_where([&d] { return d.source == Source::bars ? "data.source: bars" : ""; });
  s.field("white", d.white, "byte of a white pixel").range(1, 255);
  s.choice("range", d.range, {{"unit", Range::unit}, {"signed", Range::signed_unit}},
           "pixels as 0 (black) to 1 (white), or -1 to 1");
  s.field("validation", d.validation,
          "images of the training files, drawn by the seed, that are kept from training")
      .at_least(0);
  s.field("shuffle", d.shuffle, "training images in a new order each epoch; else in that of the files");
  s.group("bars", d.bars, "images with one bar each, in one of rows + columns places");
}

Sets draw_bars(const Bars& bars, const Extent& extent, int white, std::uint64_t seed) {
  Philox stream(seed, "bars");
  const auto draw = [&](int count) {
    Images images;
    images.extent = extent;
    for (int i = 0; i < count; ++i) {
      const int place = static_cast<int>(stream.random() * (extent.rows + extent.columns));
      images.labels.push_back(static_cast<std::uint8_t>(place));
      for (int c = 0; c < extent.channels; ++c)
        for (int row = 0; row < extent.rows; ++row)
          for (int column = 0; column < extent.columns; ++column) {
            const bool on = place < extent.rows ? row == place : column == place - extent.rows;
            const double value = white * ((on ? 1.0 : 0.0) + bars.noise * stream.normal());
            images.pixels.push_back(
                static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0 * white))));
          }
    }
    return images;
  };
  Sets sets;
  sets.train = draw(bars.train);
  sets.test = draw(bars.test);
  return sets;
}

namespace {

std::string text_of(const Extent& extent) {
  return to_string(Shape{extent.channels, extent.rows, extent.columns});
}

[[noreturn]] void refuse_pixel(const Data& data, const std::string& place, const Images& images,
                               const Extent& extent) {
  const auto pixel = std::ranges::find_if(images.pixels, [&](int p) { return p > data.white; });
  const auto at = pixel - images.pixels.begin();
  throw DataError(place + "pixel " + std::to_string(at % extent.size()) + " of image " +
                  std::to_string(at / extent.size()) + ": expected at most data.white " +
                  std::to_string(data.white) + ", got " + std::to_string(*pixel));
}

void check_set(const Data& data, const char* set, const Images& images, const Extent& extent,
               std::int64_t classes) {
  const std::string place = *data.folder + ": " + set + " images: ";
  if (text_of(images.extent) != text_of(extent))
    throw DataError(place + "expected " + text_of(extent) + " as `input` says, got " +
                    text_of(images.extent));
  const auto label = std::ranges::find_if(images.labels, [&](int l) { return l >= classes; });
  if (label != images.labels.end())
    throw DataError(place + "label " + std::to_string(label - images.labels.begin()) + ": expected below " +
                    std::to_string(classes) + ", the units of the last layer, got " + std::to_string(*label));
  const int largest = images.pixels.empty() ? data.white : std::ranges::max(images.pixels);
  if (largest > data.white) refuse_pixel(data, place, images, extent);
  if (largest == 0) throw DataError(place + "expected a pixel that is not black, got none");
  if (const std::string doubt = about_white(data, largest); !doubt.empty()) log_warning(place + doubt);
}

}  // namespace

std::string about_white(const Data& data, int largest) {
  if (2 * largest > data.white) return "";
  return "the largest byte is " + std::to_string(largest) + ", where data.white is " +
         std::to_string(data.white) + ", so that pixels reach " + std::to_string(100 * largest / data.white) +
         " % of white; set data.white=" + std::to_string(largest) + " if that is white";
}

Sets read_images(const Data& data, const Extent& extent, std::int64_t classes, std::uint64_t seed) {
  if (data.source == Source::bars) return draw_bars(data.bars, extent, data.white, seed);
  Sets sets = data.source == Source::idx ? read_idx(*data.folder) : read_cifar10(*data.folder);
  check_set(data, "training", sets.train, extent, classes);
  check_set(data, "test", sets.test, extent, classes);
  return sets;
}

}  // namespace tsd::layered
