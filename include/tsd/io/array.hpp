// Named arrays: the one form in which state, weights and results cross a module boundary.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsd {

enum class DType : std::uint8_t { u8, i32, i64, u64, f32, f64 };

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::u8;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::i32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::i64;
}
template <>
constexpr DType dtype_of<std::uint64_t>() {
  return DType::u64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::f32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::f64;
}

std::size_t size_of(DType type);       // bytes of one element
std::string_view name_of(DType type);  // "f32", ...

using Shape = std::vector<std::int64_t>;
std::int64_t count(const Shape& shape);     // number of elements; 1 for a scalar
std::string to_string(const Shape& shape);  // "[3, 4]"

// Dense, C order.
struct Array {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::vector<std::byte> bytes;

  // View as T; throws std::logic_error where dtype is another one.
  template <class T>
  std::span<const T> as() const;
  template <class T>
  std::span<T> as();
};

using Arrays = std::vector<Array>;

template <class T>
Array make_array(std::string name, std::span<const T> values, Shape shape);
template <class T>
Array make_array(std::string name, const std::vector<T>& values);  // one dimension
template <class T>
Array make_scalar(std::string name, T value);  // shape []

// The array called name; throws DataError naming it and `source` where it is not there.
const Array& find(const Arrays& arrays, std::string_view name, std::string_view source = "state");
// As find(), and its only element.
template <class T>
T scalar(const Arrays& arrays, std::string_view name);

}  // namespace tsd
