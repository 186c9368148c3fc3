#include "families/dual_stream/npy.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd::dual_stream {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 31;

// What stands behind 'key': in the header, a Python dictionary in text.
std::string_view fact(std::string_view header, std::string_view key) {
  const auto at = header.find(std::string("'") + std::string(key) + "':");
  return at == header.npos ? std::string_view() : header.substr(at + key.size() + 3);
}

bool read_dtype(std::string_view text, DType& dtype) {
  for (const auto& [name, type] : {std::pair{" '<f8'", DType::f64},
                                   {" '<f4'", DType::f32},
                                   {" '<i8'", DType::i64},
                                   {" '<i4'", DType::i32}})
    if (text.starts_with(name)) {
      dtype = type;
      return true;
    }
  return false;
}

// "(50, 32, 8)", "(350,)"
bool read_shape(std::string_view text, Shape& shape) {
  const auto end = text.find(')');
  if (!text.starts_with(" (") || end == text.npos) return false;
  text = text.substr(2, end - 2);
  while (!text.empty()) {
    std::int64_t extent;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc() || extent < 0 || extent > 1 << 30) return false;
    shape.push_back(extent);
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
  }
  return shape.size() <= 8;
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
  const auto bytes = read_bytes(path, kMostBytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(std::string_view("\x93NUMPY\x01\x00", 8)) || text.size() < 10)
    throw DataError(path.string() + ": expected an array in NumPy's format 1.0" + told_kind(path));
  const std::size_t length = static_cast<unsigned char>(text[8]) + 256u * static_cast<unsigned char>(text[9]);
  const std::string_view header = text.substr(10, length);
  Array array;
  const bool understood = read_dtype(fact(header, "descr"), array.dtype) &&
                          fact(header, "fortran_order").starts_with(" False") &&
                          read_shape(fact(header, "shape"), array.shape);
  const std::size_t size = text.size() - std::min(text.size(), 10 + length);
  double expected = static_cast<double>(size_of(array.dtype));
  for (const std::int64_t extent : array.shape) expected *= static_cast<double>(extent);
  if (!understood || static_cast<double>(size) != expected)
    throw DataError(path.string() +
                    ": expected little-endian float64, float32, int64 or int32 in C order, whole, got " +
                    std::to_string(size) + " bytes behind " + std::string(header));
  array.bytes.assign(bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end());
  return array;
}

std::vector<double> read_npy_curve(const std::filesystem::path& path) {
  const Array array = read_npy(path);
  if (array.dtype != DType::f64 || array.shape.size() != 1)
    throw DataError(path.string() + ": expected a vector of float64, got " +
                    std::string(name_of(array.dtype)) + " " + to_string(array.shape));
  const auto values = array.as<double>();
  return {values.begin(), values.end()};
}

}  // namespace tsd::dual_stream
