// The IDX format: two zero bytes, the type (8: unsigned bytes), the number of dimensions, each as 32 bits, high
// byte first, and the values.
#include <algorithm>
#include <array>
#include <filesystem>

#include "families/layered/data/images.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd::layered {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = std::size_t{1} << 30;  // bytes of a file

struct Idx {
  std::vector<std::int64_t> dimensions;
  std::vector<std::uint8_t> values;
};

std::string text_of(const std::vector<std::int64_t>& dimensions) { return to_string(Shape(dimensions)); }

// Also under the name that some programs unpack to: train-images.idx3-ubyte.
fs::path file_in(const fs::path& folder, const std::string& stem, const std::string& kind) {
  const fs::path usual = folder / (stem + "-" + kind), other = folder / (stem + "." + kind);
  if (!fs::exists(usual) && fs::exists(other)) return other;
  if (!fs::exists(usual))
    throw MissingInput(usual.string() + ": no such file; expected an unpacked IDX file of that name");
  return usual;
}

Idx read_idx_file(const fs::path& file, std::size_t rank) {
  const auto bytes = read_bytes(file, kLargest);
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::size_t header = 4 + 4 * rank;
  if (bytes.size() < 4 || byte(0) != 0 || byte(1) != 0 || byte(2) != 8 || byte(3) != rank)
    throw DataError(file.string() + ": expected an IDX file of unsigned bytes with " + std::to_string(rank) +
                    " dimension" + (rank > 1 ? "s" : "") + ", got another beginning" + told_kind(file));
  if (bytes.size() < header)
    throw DataError(file.string() + ": expected a header of " + std::to_string(header) + " bytes, got " +
                    std::to_string(bytes.size()));
  Idx idx;
  double expected = 1;
  for (std::size_t d = 0; d < rank; ++d) {
    std::int64_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | byte(4 + 4 * d + i);
    idx.dimensions.push_back(extent);
    expected *= static_cast<double>(extent);
  }
  if (expected != static_cast<double>(bytes.size() - header))
    throw DataError(file.string() + ": expected " + number_text(expected) +
                    " values after a header that says " + text_of(idx.dimensions) + ", got " +
                    std::to_string(bytes.size() - header));
  for (std::size_t i = header; i < bytes.size(); ++i) idx.values.push_back(byte(i));
  return idx;
}

Images read_set(const fs::path& folder, const std::string& set) {
  const fs::path images = file_in(folder, set + "-images", "idx3-ubyte"),
                 labels = file_in(folder, set + "-labels", "idx1-ubyte");
  Idx pixels = read_idx_file(images, 3), classes = read_idx_file(labels, 1);
  if (pixels.dimensions[0] != classes.dimensions[0])
    throw DataError(labels.string() + ": expected a label for each of the " +
                    std::to_string(pixels.dimensions[0]) + " images of " + images.filename().string() +
                    ", got " + std::to_string(classes.dimensions[0]));
  return {{1, static_cast<int>(pixels.dimensions[1]), static_cast<int>(pixels.dimensions[2])},
          std::move(pixels.values),
          std::move(classes.values)};
}

}  // namespace

Sets read_idx(const std::string& folder) { return {read_set(folder, "train"), read_set(folder, "t10k")}; }

}  // namespace tsd::layered
