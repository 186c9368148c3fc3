// Labelled images: read from files of MNIST's or CIFAR-10's format, or bars that are drawn (layered.md 5).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "families/layered/model/spec.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd::layered {

enum class Source { bars, idx, cifar10 };
enum class Range { unit, signed_unit };  // of a pixel: 0 .. 1, or -1 .. 1

struct Bars {
  int train = 256, test = 64;  // images
  double noise = 0.1;          // standard deviation, in parts of `white`
};

struct Data {
  Source source = Source::bars;
  std::optional<std::string> folder;
  int white = 255;
  Range range = Range::unit;
  int validation = 0;
  bool shuffle = true;
  Bars bars;
};

void describe(Schema& schema, Bars& bars);
void describe(Schema& schema, Data& data);

struct Images {
  Extent extent;
  std::vector<std::uint8_t> pixels;  // image, channel, row, column
  std::vector<std::uint8_t> labels;

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
  std::span<const std::uint8_t> image(std::int64_t i) const {
    const auto size = static_cast<std::size_t>(extent.size());
    return std::span(pixels).subspan(static_cast<std::size_t>(i) * size, size);
  }
};

struct Sets {
  Images train, test;
};

// The four IDX files of MNIST, under their names, in a folder.
Sets read_idx(const std::string& folder);
// The six files of CIFAR-10's binary version in a folder.
Sets read_cifar10(const std::string& folder);
// Horizontal and vertical bars, one to an image; labels by position, rows first.
Sets draw_bars(const Bars& bars, const Extent& extent, int white, std::uint64_t seed);

// Where the brightest pixel, `largest`, is far from white, and the network sees little of the images; empty: not so.
std::string about_white(const Data& data, int largest);

// What `data` says. DataError where the images are not of `extent`, or all black, or labels not below `classes`.
Sets read_images(const Data& data, const Extent& extent, std::int64_t classes, std::uint64_t seed);

}  // namespace tsd::layered
