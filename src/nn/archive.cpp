#include "tsd/nn/archive.hpp"

#include <torch/nn/module.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "tsd/error.hpp"

namespace tsd::nn {

namespace {

torch::ScalarType scalar_type(DType type) {
  switch (type) {
    case DType::u8:
      return torch::kByte;
    case DType::i32:
      return torch::kInt;
    case DType::i64:
      return torch::kLong;
    case DType::u64:
      return torch::kUInt64;
    case DType::f32:
      return torch::kFloat;
    case DType::f64:
      return torch::kDouble;
  }
  throw std::logic_error("unknown dtype");
}

DType array_type(torch::ScalarType type) {
  for (DType candidate : {DType::u8, DType::i32, DType::i64, DType::u64, DType::f32, DType::f64})
    if (scalar_type(candidate) == type) return candidate;
  throw std::logic_error(std::string("no array type for ") + torch::toString(type));
}

std::vector<std::pair<std::string, torch::Tensor>> tensors_of(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (const auto& item : module.named_parameters()) all.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) all.emplace_back(item.key(), item.value());
  return all;
}

}  // namespace

Array to_array(std::string name, const torch::Tensor& tensor) {
  auto host = tensor.detach().to(torch::kCPU);
  if (host.is_floating_point() && host.element_size() < 4) host = host.to(torch::kFloat);
  host = host.contiguous();
  Array array{std::move(name), array_type(host.scalar_type()), host.sizes().vec(),
              std::vector<std::byte>(host.nbytes())};
  if (!array.bytes.empty()) std::memcpy(array.bytes.data(), host.data_ptr(), host.nbytes());
  return array;
}

torch::Tensor to_tensor(const Array& array) {
  auto tensor = torch::empty(array.shape, scalar_type(array.dtype));
  if (!array.bytes.empty()) std::memcpy(tensor.data_ptr(), array.bytes.data(), array.bytes.size());
  return tensor;
}

Arrays save(const torch::nn::Module& module) {
  Arrays arrays;
  for (const auto& [name, tensor] : tensors_of(module)) arrays.push_back(to_array(name, tensor));
  return arrays;
}

namespace {

[[noreturn]] void refuse(std::string_view source, const std::string& tensor, const std::string& what) {
  throw DataError(std::string(source) + ": tensor " + tensor + ": " + what);
}

void fill(torch::Tensor& tensor, const std::string& name, const Array& array, std::string_view source) {
  const Shape expected = tensor.sizes().vec();
  if (array.shape != expected)
    refuse(source, name, "expected shape " + to_string(expected) + ", got " + to_string(array.shape));
  const auto values = to_tensor(array);
  if (values.is_floating_point() != tensor.is_floating_point())
    refuse(source, name,
           "expected " + std::string(name_of(array_type(tensor.scalar_type()))) + ", got " +
               std::string(name_of(array.dtype)));
  if (values.is_floating_point() && !values.isfinite().all().item<bool>())
    refuse(source, name, "expected finite numbers, got NaN or infinity");
  tensor.copy_(values);
}

}  // namespace

void load(torch::nn::Module& module, const Arrays& arrays, std::string_view source,
          const std::vector<std::string>& ignored) {
  const torch::NoGradGuard no_grad;
  std::unordered_map<std::string, const Array*> left;
  for (const auto& array : arrays) left[array.name] = &array;
  for (auto& [name, tensor] : tensors_of(module)) {
    const auto found = left.find(name);
    if (found != left.end()) {
      fill(tensor, name, *found->second, source);
      left.erase(found);
    } else if (!name.ends_with("num_batches_tracked")) {
      refuse(source, name, "expected shape " + to_string(tensor.sizes().vec()) + ", got no such tensor");
    }
  }
  std::string unknown;
  for (const auto& array : arrays) {
    const bool expected = std::any_of(ignored.begin(), ignored.end(),
                                      [&](const auto& prefix) { return array.name.starts_with(prefix); });
    if (left.contains(array.name) && !expected) unknown += (unknown.empty() ? "" : ", ") + array.name;
  }
  if (!unknown.empty()) throw DataError(std::string(source) + ": tensors unknown to the network: " + unknown);
}

}  // namespace tsd::nn
