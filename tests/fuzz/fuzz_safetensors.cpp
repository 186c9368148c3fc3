// Weights made elsewhere, and those that are read are written and read again.
#include "fuzz/fuzz.hpp"
#include "tsd/io/safetensors.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = tsd::fuzz::file_with("weights.safetensors", data, size);
  tsd::fuzz::read_or_refused([&] { tsd::read_safetensors(file, tsd::Checksum::required); });
  tsd::fuzz::read_or_refused([&] {
    const auto weights = tsd::read_safetensors(file, tsd::Checksum::if_present);
    for (const auto& array : weights.arrays)
      if (array.bytes.size() != static_cast<std::size_t>(tsd::count(array.shape)) * tsd::size_of(array.dtype))
        std::abort();
  });
  return 0;
}
