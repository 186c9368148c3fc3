// Everything in an HDF5 file, through the one reader of the house.
#include "fuzz/fuzz.hpp"
#include "tsd/io/hdf5.hpp"

namespace {

constexpr int kMostDepth = 4;  // groups may hold themselves

void look(const tsd::Hdf5Reader& file, const std::string& path, int depth) {
  const auto attempt = [](auto&& action) { tsd::fuzz::read_or_refused(action); };
  for (const char* name : {"dims", "backbone", "family"}) {
    attempt([&] { file.has_attribute(path, name); });
    attempt([&] { file.text_attribute(path, name); });
    attempt([&] { file.number_attribute(path, name); });
  }
  attempt([&] {
    const tsd::Array array = file.dataset(path);
    if (array.bytes.size() != static_cast<std::size_t>(tsd::count(array.shape)) * tsd::size_of(array.dtype))
      std::abort();
  });
  attempt([&] { file.strings(path); });
  if (depth == kMostDepth) return;
  attempt([&] {
    for (const auto& name : file.list(path)) look(file, (path == "/" ? "" : path) + "/" + name, depth + 1);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto name = tsd::fuzz::file_with("file.h5", data, size);
  tsd::fuzz::read_or_refused([&] { look(tsd::Hdf5Reader(name), "/", 0); });
  return 0;
}
