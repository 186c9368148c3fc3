// CIFAR-10's binary version: records of a label and 3 x 32 x 32 pixels, red, green and blue planes in turn.
#include <filesystem>

#include "families/layered/data/images.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd::layered {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = std::size_t{1} << 30;  // bytes of a file

constexpr Extent kImage = {3, 32, 32};
constexpr std::size_t kPixels = 3072, kRecord = 1 + kPixels;

void add_file(const fs::path& file, Images& images) {
  if (!fs::exists(file))
    throw MissingInput(file.string() + ": no such file; expected one of CIFAR-10's binary version");
  const auto bytes = read_bytes(file, kLargest);
  if (bytes.empty() || bytes.size() % kRecord != 0)
    throw DataError(file.string() + ": expected records of " + std::to_string(kRecord) +
                    " bytes, a label and 3 x 32 x 32 pixels, got " + std::to_string(bytes.size()) + " bytes" +
                    told_kind(file));
  for (std::size_t at = 0; at < bytes.size(); at += kRecord) {
    images.labels.push_back(static_cast<std::uint8_t>(bytes[at]));
    for (std::size_t i = 1; i < kRecord; ++i)
      images.pixels.push_back(static_cast<std::uint8_t>(bytes[at + i]));
  }
}

}  // namespace

Sets read_cifar10(const std::string& folder) {
  Sets sets;
  sets.train.extent = sets.test.extent = kImage;
  for (int i = 1; i <= 5; ++i)
    add_file(fs::path(folder) / ("data_batch_" + std::to_string(i) + ".bin"), sets.train);
  add_file(fs::path(folder) / "test_batch.bin", sets.test);
  return sets;
}

}  // namespace tsd::layered
