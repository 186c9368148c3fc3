// Arrays and curves of the original dual streams.
#include "families/dual_stream/data/npy.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = tsd::fuzz::file_with("array.npy", data, size);
  tsd::fuzz::read_or_refused([&] {
    const auto array = tsd::dual_stream::read_npy(file);
    if (array.bytes.size() != static_cast<std::size_t>(tsd::count(array.shape)) * tsd::size_of(array.dtype))
      std::abort();
  });
  tsd::fuzz::read_or_refused([&] { tsd::dual_stream::read_npy_curve(file); });
  return 0;
}
