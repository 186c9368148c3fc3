// 8-bit RGB images as PNG (libpng).
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace tsd {

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;  // [height, width, 3]
  std::uint8_t* at(int x, int y) { return &pixels[3 * (static_cast<std::size_t>(y) * width + x)]; }
  const std::uint8_t* at(int x, int y) const {
    return &pixels[3 * (static_cast<std::size_t>(y) * width + x)];
  }
};

Image black_image(int width, int height);

void write_png(const std::filesystem::path& path, const Image& image);  // atomic

// Any PNG, converted to 8-bit RGB (grey expanded, transparency laid over black). Sides above max_side are
// refused before allocation. Errors: MissingInput; DataError with path and what libpng found wrong.
Image read_png(const std::filesystem::path& path, int max_side = 4096);

}  // namespace tsd
