// What the HDF5 library needs of everybody who calls it: one at a time, and its reason taken before it is gone.
#pragma once
#include <H5Cpp.h>

#include <mutex>
#include <string>

#include "tsd/io/array.hpp"

namespace tsd::hdf5 {

// Held around every call of the library, also those of its objects' constructors and destructors: it is not built thread-safe
// everywhere, several runs may share a process, and a child process (rehearsal.hpp) must not begin within a call of another thread.
std::recursive_mutex& library_mutex();
using Guard = std::lock_guard<std::recursive_mutex>;

// The library's own reason for the last failure of this thread, from where it began; empty: none known. It stands on
// the library's error stack, which is cleared by the next call, often that of a destructor: so it is taken at once.
const std::string& reason();
bool out_of_memory();  // so it failed for want of memory
void forget_reason();

// OutOfMemory, which begins with `where`, unless there is address space for so many bytes and what the library takes besides: it
// does not survive every allocation that fails.
void require_room(std::size_t bytes, const std::string& where);

// Our errors carry the library's message; it need not print it too. Each thread has a setting of its own.
void silence_library();

std::string detail(const H5::Exception& error);

const H5::PredType& stored_type(DType type);
Shape shape_of(const H5::DataSet& dataset);

// Bytes of the dataset in memory, at `element` a value. DataError, which begins with `where`, if a damaged or hostile
// header asks for more than its stored bytes could unpack to; small datasets that were never written pass.
std::size_t checked_bytes(const H5::H5File& file, const H5::DataSet& dataset, std::size_t element,
                          const std::string& where);

// Other programs know more ways to compress than this library can undo: DataError, which begins with `where`, on such a one.
void require_filters(const H5::DataSet& dataset, const std::string& where);

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

}  // namespace tsd::hdf5
