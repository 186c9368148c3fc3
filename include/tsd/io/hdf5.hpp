// HDF5 through its C++ API, closed explicitly and with checked status. What may go into a file is narrow on
// purpose, so that h5py and MATLAB read it without special code: numeric datasets and fixed-length string
// lists.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd {

std::string hdf5_version();  // of the library in use

// What a dataset means; written as its attributes `dims` (comma list), `units`, `description`.
struct Meaning {
  std::string dims;
  std::string units;
  std::string description;
};

// Builds a file in memory and puts it in place whole on close(): the library, which does not survive a full
// disk, never writes to one. Groups of a path are made as needed. Equal content gives equal bytes. Errors:
// IoError / CannotCreate with path, dataset and reason. Without close() nothing appears.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::filesystem::path path);
  ~Hdf5Writer();

  // `object` is "/" or the path of a group or dataset; a group that is not there is made.
  void attribute(const std::string& object, const std::string& name,
                 const std::string& text);  // variable-length UTF-8
  void attribute(const std::string& object, const std::string& name, double value);
  void attribute(const std::string& object, const std::string& name, std::int64_t value);
  void attribute(const std::string& object, const std::string& name,
                 std::uint64_t value);  // as int64 wherever it fits

  // Above 1 MB: chunked along the first dimension (about 0.5 MB a chunk), shuffle + gzip 4 + fletcher32.
  void dataset(const std::string& path, const Array& values,
               const Meaning& meaning);  // array's own name is not used
  template <class T>
  void dataset(const std::string& path, std::span<const T> values, const Shape& shape,
               const Meaning& meaning) {
    dataset(path, make_array<T>(path, values, shape), meaning);
  }
  template <class T>
  void dataset(const std::string& path, const std::vector<T>& values, const Meaning& meaning) {
    dataset(path, make_array<T>(path, values), meaning);
  }
  void strings(const std::string& path, const std::vector<std::string>& values, const Meaning& meaning);
  void text(const std::string& path, const std::string& value,
            const Meaning& meaning);  // one scalar fixed-length string

  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Errors: MissingInput, DataError with path, dataset, expected, got. Sizes are checked before allocation.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(std::filesystem::path path);
  ~Hdf5Reader();

  bool exists(const std::string& object) const;
  std::vector<std::string> list(const std::string& group) const;  // names of its children, sorted
  Array dataset(const std::string& path) const;                   // numeric, converted to the nearest DType
  // As above, and it must have this type and shape (-1: any extent); floats must be finite.
  Array dataset(const std::string& path, DType type, const Shape& shape) const;
  std::vector<std::string> strings(const std::string& path) const;  // fixed or variable length
  std::string text(const std::string& path) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  double number_attribute(const std::string& object, const std::string& name) const;
  bool has_attribute(const std::string& object, const std::string& name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsd
