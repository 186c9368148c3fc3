// What an array holds, whatever numbers they are.
#pragma once
#include <string>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd {

template <class T>
std::vector<T> numbers_as(const Array& array) {
  std::vector<T> all;
  const auto take = [&](const auto& values) {
    all.reserve(values.size());
    for (const auto value : values) all.push_back(static_cast<T>(value));
  };
  switch (array.dtype) {
    case DType::u8:
      take(array.as<std::uint8_t>());
      break;
    case DType::i32:
      take(array.as<std::int32_t>());
      break;
    case DType::i64:
      take(array.as<std::int64_t>());
      break;
    case DType::u64:
      take(array.as<std::uint64_t>());
      break;
    case DType::f32:
      take(array.as<float>());
      break;
    case DType::f64:
      take(array.as<double>());
      break;
  }
  return all;
}

// DataError with `where` and the element where one is not finite.
std::vector<double> finite_values(const Array& array, const std::string& where);

}  // namespace tsd
