// A model's parameters as one flat array, cut into named tensors under PyTorch's names.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd::nn {

struct Slot {
  std::string name;
  std::size_t offset = 0;
  Shape shape;
  std::size_t size() const { return static_cast<std::size_t>(count(shape)); }
};

class Layout {
 public:
  Slot add(std::string name, Shape shape);
  bool has(std::string_view name) const;
  const Slot& operator[](std::string_view name) const;  // std::logic_error where there is none
  const std::vector<Slot>& slots() const { return slots_; }
  std::size_t size() const { return size_; }

 private:
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

// As named arrays, and back; DataError naming `source`, the array, expected and got.
Arrays to_arrays(const Layout& layout, std::span<const float> parameters);
std::vector<float> from_arrays(const Layout& layout, const Arrays& arrays, const std::string& source);

}  // namespace tsd::nn
