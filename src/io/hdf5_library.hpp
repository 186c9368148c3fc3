// The HDF5 library's own lock, errors and filters, for the sources that call it.
#pragma once
#include <H5Cpp.h>

#include <mutex>
#include <string>

#include "tsd/error.hpp"
#include "tsd/io/array.hpp"

namespace tsd {

// The library is not built thread-safe everywhere, and several runs may share a process.
inline std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}
using Guard = std::lock_guard<std::recursive_mutex>;

// The library's own reason for the last failure of this thread, from where it began. It stands on the
// library's error stack, which is cleared by the next call, often that of a destructor: so it is taken at
// once.
inline thread_local std::string reason;
inline thread_local bool no_memory = false;  // so it failed for want of memory

inline void forget_reason() {
  reason.clear();
  no_memory = false;
}

inline herr_t take_first(unsigned, const H5E_error2_t* error, void* found) {
  auto& text = *static_cast<std::string*>(found);
  const bool looks_for_plugins = error->maj_num == H5E_PLUGIN;  // of a filter that is missing: not the reason
  if (text.empty() && !looks_for_plugins && error->desc) text = error->desc;
  no_memory = no_memory || error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC;
  return 0;
}

inline herr_t take_reason(hid_t stack, void*) {
  forget_reason();
  return H5Ewalk2(stack, H5E_WALK_UPWARD, take_first, &reason);
}

// Our errors carry the library's message; it need not print it too. Each thread has a setting of its own.
inline void silence_library() {
  thread_local const bool once = [] {
    H5Eset_auto2(H5E_DEFAULT, take_reason, nullptr);
    return true;
  }();
  (void)once;
}

inline std::string detail(const H5::Exception& error) {
  return reason.empty() ? error.getFuncName() + ": " + error.getDetailMsg() : reason;
}

inline Shape shape_of(const H5::DataSet& dataset) {
  const H5::DataSpace space = dataset.getSpace();
  std::vector<hsize_t> extents(static_cast<std::size_t>(space.getSimpleExtentNdims()));
  if (!extents.empty()) space.getSimpleExtentDims(extents.data());
  return Shape(extents.begin(), extents.end());
}

// Other programs know more ways to compress than this library can undo.
inline void require_filters(const H5::DataSet& dataset, const std::string& where) {
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

// Reading that tells of such a filter, where it fails.
template <class Read>
void read_filtered(const H5::DataSet& dataset, const std::string& where, const Read& read) {
  try {
    read();
  } catch (const H5::Exception&) {
    require_filters(dataset, where);
    throw;
  }
}

}  // namespace tsd
