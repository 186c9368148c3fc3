#include "tsd/nn/layout.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tsd/error.hpp"

namespace tsd::nn {

Slot Layout::add(std::string name, Shape shape) {
  slots_.push_back({std::move(name), size_, std::move(shape)});
  size_ += slots_.back().size();
  return slots_.back();
}

bool Layout::has(std::string_view name) const {
  return std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.name == name; });
}

const Slot& Layout::operator[](std::string_view name) const {
  for (const Slot& slot : slots_)
    if (slot.name == name) return slot;
  throw std::logic_error("no parameter " + std::string(name));
}

Arrays to_arrays(const Layout& layout, std::span<const float> parameters) {
  Arrays arrays;
  for (const Slot& slot : layout.slots())
    arrays.push_back(make_array<float>(slot.name, parameters.subspan(slot.offset, slot.size()), slot.shape));
  return arrays;
}

std::vector<float> from_arrays(const Layout& layout, const Arrays& arrays, const std::string& source) {
  std::vector<float> parameters(layout.size());
  for (const Slot& slot : layout.slots()) {
    const Array& array = find(arrays, slot.name, source);
    if (array.dtype != DType::f32 || array.shape != slot.shape)
      throw DataError(source + ": " + slot.name + ": expected f32 " + to_string(slot.shape) + ", got " +
                      std::string(name_of(array.dtype)) + " " + to_string(array.shape));
    const auto values = array.as<float>();
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }))
      throw DataError(source + ": " + slot.name + ": expected finite numbers, got others");
    std::ranges::copy(values, parameters.begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }
  return parameters;
}

}  // namespace tsd::nn
