// Everything in an HDF5 file, through the one reader of the house.
#include "fuzz/fuzz.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/hdf5_lists.hpp"

namespace {

constexpr int kMostDepth = 4;  // groups may hold themselves

void look(const std::filesystem::path& name, const tsd::Hdf5Reader& file, const std::string& path,
          int depth) {
  const auto attempt = [](auto&& action) { tsd::fuzz::read_or_refused(action); };
  for (const char* attribute : {"dims", "backbone", "family"}) {
    attempt([&] { file.has_attribute(path, attribute); });
    attempt([&] { file.text_attribute(path, attribute); });
    attempt([&] { file.number_attribute(path, attribute); });
  }
  attempt([&] {
    const tsd::Array array = file.dataset(path);
    if (array.bytes.size() != static_cast<std::size_t>(tsd::count(array.shape)) * tsd::size_of(array.dtype))
      std::abort();
  });
  attempt([&] { file.strings(path); });
  attempt([&] { tsd::integer_lists(name, path); });
  if (depth == kMostDepth) return;
  attempt([&] {
    for (const auto& below : file.list(path))
      look(name, file, (path == "/" ? "" : path) + "/" + below, depth + 1);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto name = tsd::fuzz::file_with("file.h5", data, size);
  tsd::fuzz::read_or_refused([&] { look(name, tsd::Hdf5Reader(name), "/", 0); });
  return 0;
}
