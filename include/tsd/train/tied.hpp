// A learner's own few numbers in a checkpoint: one list, std::tie(a, b, ...), for both ways. Old checkpoints
// have them in that order, so new ones come at the end.
#pragma once
#include <string>
#include <tuple>
#include <vector>

#include "tsd/error.hpp"
#include "tsd/io/array.hpp"

namespace tsd::train {

template <class Number, class... T>
Array make_tied(std::string name, const std::tuple<T&...>& members) {
  return std::apply(
      [&](const auto&... member) {
        return make_array(std::move(name), std::vector<Number>{static_cast<Number>(member)...});
      },
      members);
}

template <class Number, class... T>
void restore_tied(const Arrays& saved, const std::string& name, std::tuple<T&...> members) {
  const auto numbers = find(saved, name).as<Number>();
  if (numbers.size() != sizeof...(T))
    throw DataError(name + ": expected " + std::to_string(sizeof...(T)) + " numbers, got " +
                    std::to_string(numbers.size()));
  auto number = numbers.begin();
  std::apply(
      [&](auto&... member) {
        ((member = static_cast<std::remove_cvref_t<decltype(member)>>(*number++)), ...);
      },
      members);
}

// A whole array, to a vector.
template <class Number>
void restore_all(const Arrays& saved, const std::string& name, std::vector<Number>& values) {
  const auto array = find(saved, name).as<Number>();
  values.assign(array.begin(), array.end());
}

}  // namespace tsd::train
