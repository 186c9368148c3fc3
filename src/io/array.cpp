#include "tsd/io/array.hpp"

#include <cstring>
#include <stdexcept>

#include "tsd/error.hpp"

namespace tsd {

std::size_t size_of(DType type) {
  switch (type) {
    case DType::u8:
      return 1;
    case DType::i32:
    case DType::f32:
      return 4;
    case DType::i64:
    case DType::u64:
    case DType::f64:
      return 8;
  }
  throw std::logic_error("unknown dtype");
}

std::string_view name_of(DType type) {
  constexpr std::string_view names[] = {"u8", "i32", "i64", "u64", "f32", "f64"};
  return names[static_cast<int>(type)];
}

std::int64_t count(const Shape& shape) {
  std::int64_t n = 1;
  for (auto extent : shape) n *= extent;
  return n;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

namespace {
void require_dtype(const Array& array, DType wanted) {
  if (array.dtype != wanted)
    throw std::logic_error("array " + array.name + " is " + std::string(name_of(array.dtype)) + ", not " +
                           std::string(name_of(wanted)));
}
}  // namespace

template <class T>
std::span<const T> Array::as() const {
  require_dtype(*this, dtype_of<T>());
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

template <class T>
std::span<T> Array::as() {
  require_dtype(*this, dtype_of<T>());
  return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

template <class T>
Array make_array(std::string name, std::span<const T> values, Shape shape) {
  if (count(shape) != static_cast<std::int64_t>(values.size()))
    throw std::logic_error("array " + name + ": " + std::to_string(values.size()) + " values for shape " +
                           to_string(shape));
  Array array{std::move(name), dtype_of<T>(), std::move(shape), std::vector<std::byte>(values.size_bytes())};
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), values.size_bytes());
  return array;
}

template <class T>
Array make_array(std::string name, const std::vector<T>& values) {
  return make_array<T>(std::move(name), std::span<const T>(values),
                       {static_cast<std::int64_t>(values.size())});
}

template <class T>
Array make_scalar(std::string name, T value) {
  return make_array<T>(std::move(name), std::span<const T>(&value, 1), {});
}

const Array& find(const Arrays& arrays, std::string_view name, std::string_view source) {
  for (const auto& array : arrays)
    if (array.name == name) return array;
  throw DataError(std::string(source) + ": array " + std::string(name) + " is missing");
}

template <class T>
T scalar(const Arrays& arrays, std::string_view name) {
  const auto values = find(arrays, name).as<T>();
  if (values.size() != 1) throw DataError("array " + std::string(name) + " is not a single value");
  return values[0];
}

#define TSD_INSTANTIATE(T)                                              \
  template std::span<const T> Array::as<T>() const;                     \
  template std::span<T> Array::as<T>();                                 \
  template Array make_array<T>(std::string, std::span<const T>, Shape); \
  template Array make_array<T>(std::string, const std::vector<T>&);     \
  template Array make_scalar<T>(std::string, T);                        \
  template T scalar<T>(const Arrays&, std::string_view);
TSD_INSTANTIATE(std::uint8_t)
TSD_INSTANTIATE(std::int32_t)
TSD_INSTANTIATE(std::int64_t)
TSD_INSTANTIATE(std::uint64_t)
TSD_INSTANTIATE(float)
TSD_INSTANTIATE(double)

}  // namespace tsd
