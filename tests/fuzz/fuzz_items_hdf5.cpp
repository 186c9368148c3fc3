// Items of a user's, or of a run, as HDF5.
#include "families/dual_stream/data/stimuli.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = tsd::fuzz::file_with("items.h5", data, size);
  tsd::fuzz::read_or_refused([&] {
    const auto items = tsd::dual_stream::read_stimuli(file);
    if (items.x.size() != items.problems.at(0).label.size() * static_cast<std::size_t>(items.D)) std::abort();
  });
  return 0;
}
