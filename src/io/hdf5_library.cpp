#include "io/hdf5_library.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {

std::string hdf5_version() {
  const hdf5::Guard lock(hdf5::library_mutex());
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

namespace hdf5 {
namespace {

constexpr std::size_t kMaxDataset = std::size_t{1} << 38, kPasses = 1u << 20;
constexpr std::size_t kMaxDeflate = 1032;  // deflate makes nothing smaller than by this factor

thread_local std::string last_reason;
thread_local bool no_memory = false;

herr_t take_first(unsigned, const H5E_error2_t* error, void* found) {
  auto& text = *static_cast<std::string*>(found);
  const bool looks_for_plugins = error->maj_num == H5E_PLUGIN;  // of a filter that is missing: not the reason
  if (text.empty() && !looks_for_plugins && error->desc) text = error->desc;
  no_memory = no_memory || error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC;
  return 0;
}

herr_t take_reason(hid_t stack, void*) {
  forget_reason();
  return H5Ewalk2(stack, H5E_WALK_UPWARD, take_first, &last_reason);
}

}  // namespace

void require_room(std::size_t bytes, const std::string& where) {
  constexpr std::size_t kBesides = 1u << 24;
  void* const piece =
      mmap(nullptr, bytes + kBesides, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (piece == MAP_FAILED)
    throw OutOfMemory(where + "out of memory (less than " + std::to_string((bytes + kBesides) >> 20) +
                      " MB of address space are left): reduce what the run records, or --jobs");
  munmap(piece, bytes + kBesides);
}

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

const std::string& reason() { return last_reason; }
bool out_of_memory() { return no_memory; }

void forget_reason() {
  last_reason.clear();
  no_memory = false;
}

void silence_library() {
  thread_local const bool once = [] {
    H5Eset_auto2(H5E_DEFAULT, take_reason, nullptr);
    return true;
  }();
  (void)once;
}

std::string detail(const H5::Exception& error) {
  return last_reason.empty() ? error.getFuncName() + ": " + error.getDetailMsg() : last_reason;
}

const H5::PredType& stored_type(DType type) {
  switch (type) {
    case DType::u8:
      return H5::PredType::STD_U8LE;
    case DType::i32:
      return H5::PredType::STD_I32LE;
    case DType::i64:
      return H5::PredType::STD_I64LE;
    case DType::u64:
      return H5::PredType::STD_U64LE;
    case DType::f32:
      return H5::PredType::IEEE_F32LE;
    case DType::f64:
      return H5::PredType::IEEE_F64LE;
  }
  throw std::logic_error("unknown dtype");
}

Shape shape_of(const H5::DataSet& dataset) {
  const H5::DataSpace space = dataset.getSpace();
  std::vector<hsize_t> extents(static_cast<std::size_t>(space.getSimpleExtentNdims()));
  if (!extents.empty()) space.getSimpleExtentDims(extents.data());
  return Shape(extents.begin(), extents.end());
}

std::size_t checked_bytes(const H5::H5File& file, const H5::DataSet& dataset, std::size_t element,
                          const std::string& where) {
  const Shape shape = shape_of(dataset);
  if (std::ranges::count(shape, 0) > 0) return 0;
  std::size_t bytes = element;
  for (const auto extent : shape)
    if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
      bytes = SIZE_MAX;
  const std::size_t stored = std::min<std::size_t>(dataset.getStorageSize(), file.getFileSize());
  if (bytes > std::min(kMaxDataset, kMaxDeflate * stored + kPasses))
    throw DataError(where + ": shape " + to_string(shape) + " is larger than the " + std::to_string(stored) +
                    " bytes stored for it");
  return bytes;
}

void require_filters(const H5::DataSet& dataset, const std::string& where) {
  const H5::DSetCreatPropList list = dataset.getCreatePlist();
  for (int k = 0; k < list.getNfilters(); ++k) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    char name[64] = "";
    const auto filter = list.getFilter(k, flags, values, nullptr, sizeof name, name, config);
    if (H5Zfilter_avail(filter) <= 0)
      throw DataError(where + ": expected no compression, or gzip, got " +
                      (*name ? name : "filter " + std::to_string(filter)) +
                      ", which the HDF5 library here cannot undo; write it anew, in h5py with "
                      "compression=\"gzip\"");
  }
}

}  // namespace hdf5
}  // namespace tsd
