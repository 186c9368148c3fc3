#include "tsd/io/image.hpp"

#include <png.h>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFile = 256u << 20;

// libpng's simplified interface: no setjmp, errors as text.
struct Png : png_image {
  Png() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Png() { png_image_free(this); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
};

}  // namespace

Image black_image(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
}

void write_png(const fs::path& path, const Image& image) {
  Png png;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::byte> bytes(size);
  if (!png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr))
    throw IoError(path.string() + ": cannot encode PNG: " + png.message);
  write_atomically(path, std::span<const std::byte>(bytes).first(size));
}

Image read_png(const fs::path& path, int max_side) {
  const auto bytes = read_bytes(path, kMaxFile);
  Png png;
  if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()))
    throw DataError(path.string() + ": not a readable PNG: " + png.message + told_kind(path));
  const auto limit = static_cast<png_uint_32>(max_side);
  if (png.width > limit || png.height > limit)
    throw DataError(path.string() + ": image too large; expected at most " + std::to_string(max_side) +
                    " pixels a side, got " + std::to_string(png.width) + " x " + std::to_string(png.height));
  png.format = PNG_FORMAT_RGB;
  Image image = black_image(static_cast<int>(png.width), static_cast<int>(png.height));
  const png_color background{0, 0, 0};
  if (!png_image_finish_read(&png, &background, image.pixels.data(), 0, nullptr))
    throw DataError(path.string() + ": not a readable PNG: " + png.message);
  return image;
}

}  // namespace tsd
