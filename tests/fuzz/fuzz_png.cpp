// An image.
#include "fuzz/fuzz.hpp"
#include "tsd/io/image.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = tsd::fuzz::file_with("image.png", data, size);
  tsd::fuzz::read_or_refused([&] {
    const auto image = tsd::read_png(file, 64);
    if (image.pixels.size() !=
        3u * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height))
      std::abort();
  });
  return 0;
}
