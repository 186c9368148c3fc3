// Every operation of the walled device: the CPU's kernel on tensors of the host that lie over the device's memory,
// behind its wall.
#include <ATen/EmptyTensor.h>
#include <ATen/core/boxing/KernelFunction.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>

#include <map>

#include "support/device/device.hpp"
#include "support/device/memory.hpp"

namespace tsd::walled {
namespace {

using at::Tensor;
using torch::jit::Stack;

constexpr auto kKeys = c10::DispatchKeySet(c10::DispatchKey::PrivateUse1);

c10::Allocator* allocator() { return c10::GetAllocator(c10::DeviceType::PrivateUse1); }

// Tensors of one call, seen from the host.
class Sight {
 public:
  explicit Sight(std::string name) : name_(std::move(name)) {}

  // Over the same memory, with the same sizes and strides.
  Tensor host(const Tensor& device) {
    if (!device.defined()) return device;
    if (!device.is_privateuseone()) return stranger(device);
    TORCH_CHECK(!card_ || *card_ == device.device(), "walled device: ", name_, ": tensors on ", *card_,
                " and ", device.device());
    card_ = device.device();
    for (const auto& [d, h] : seen_)
      if (d.is_same(device)) return h;
    const Tensor h = over(device);
    seen_.emplace_back(device, h);
    return h;
  }

  // What a kernel gave back: a tensor that it got, a view of one, or a new one.
  Tensor device(const Tensor& host) {
    if (!host.defined()) return host;
    for (const auto& [d, h] : seen_)
      if (h.is_same(host)) return brought(d, h);
    for (const auto& [d, h] : seen_)
      if (h.storage().unsafeGetStorageImpl() == host.storage().unsafeGetStorageImpl() &&
          host.storage().data())
        return laid_over(d.storage(), host);
    return copied(host);
  }

  // Of a call without tensors.
  void on(c10::Device card) { card_ = card.has_index() ? card : current(); }
  c10::Device card() const { return card_.value_or(current()); }

 private:
  static c10::Device current() {
    return c10::impl::getDeviceGuardImpl(c10::DeviceType::PrivateUse1)->getDevice();
  }

  Tensor stranger(const Tensor& t) const {
    TORCH_CHECK(t.unsafeGetTensorImpl()->is_wrapped_number(), "walled device: ", name_, ": a tensor ",
                t.sizes(), " lies on ", t.device(), ", expected ", kName);
    return t;
  }

  Tensor over(const Tensor& device) {
    c10::StorageImpl* its = device.storage().unsafeGetStorageImpl();
    if (device.storage().nbytes() == 0) {  // an output that takes its size from the kernel
      return at::empty_strided(device.sizes(), device.strides(), device.options().device(c10::kCPU));
    }
    auto [found, is_new] = storages_.try_emplace(its);
    if (is_new) {
      void* block = behind_the_wall(its->mutable_data());
      found->second = c10::Storage(c10::Storage::use_byte_size_t(), its->nbytes(),
                                   c10::DataPtr(block, c10::Device(c10::kCPU)), nullptr, false);
    }
    Tensor h = laid(found->second, c10::DispatchKeySet(c10::DispatchKey::CPU), device);
    if (device.unsafeGetTensorImpl()->is_wrapped_number()) h.unsafeGetTensorImpl()->set_wrapped_number(true);
    return h;
  }

  static Tensor laid(c10::Storage storage, c10::DispatchKeySet keys, const Tensor& as) {
    Tensor t = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), keys, as.dtype());
    t.unsafeGetTensorImpl()->set_sizes_and_strides(as.sizes(), as.strides(), as.storage_offset());
    return t;
  }

  static Tensor laid_over(const c10::Storage& storage, const Tensor& as) { return laid(storage, kKeys, as); }

  c10::Storage moved(const Tensor& host) const {
    const c10::DeviceGuard guard(card());
    const std::size_t bytes = host.storage().nbytes();
    c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, allocator()->allocate(bytes), allocator(),
                         true);
    if (bytes > 0) std::memcpy(behind_the_wall(storage.mutable_data()), host.storage().data(), bytes);
    return storage;
  }

  Tensor copied(const Tensor& host) const { return laid(moved(host), kKeys, host); }

  // An output that had no memory got it from the kernel.
  Tensor brought(const Tensor& device, const Tensor& host) const {
    if (device.storage().nbytes() == 0 && host.storage().nbytes() > 0) {
      device.unsafeGetTensorImpl()->set_storage_keep_dtype(moved(host));
      device.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides(),
                                                          host.storage_offset());
    }
    TORCH_CHECK(device.sizes() == host.sizes() && device.strides() == host.strides(),
                "walled device: ", name_, ": an output of sizes ", device.sizes(), " became ", host.sizes());
    return device;
  }

  std::string name_;
  std::optional<c10::Device> card_;
  std::vector<std::pair<Tensor, Tensor>> seen_;
  std::map<c10::StorageImpl*, c10::Storage> storages_;
};

template <class Change>
c10::IValue changed(const c10::IValue& value, const Change& change) {
  if (value.isTensor()) return change(value.toTensor());
  if (value.isTensorList()) {
    c10::List<Tensor> all;
    for (const Tensor& t : value.toTensorVector()) all.push_back(change(t));
    return all;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<Tensor>> all;
    for (const std::optional<Tensor>& t : value.toOptionalTensorVector())
      all.push_back(t ? std::optional(change(*t)) : std::nullopt);
    return all;
  }
  return value;
}

bool draws(const c10::Argument& argument) {
  const auto optional = argument.type()->cast<c10::OptionalType>();
  return optional && optional->getElementType()->kind() == c10::TypeKind::GeneratorType;
}

void call(const c10::OperatorHandle& op, Stack* stack, const std::string& as = "") {
  const auto& schema = op.schema();
  Sight sight(toString(schema.operator_name()));
  const auto first = static_cast<std::ptrdiff_t>(stack->size() - schema.arguments().size());
  for (std::size_t k = 0; k < schema.arguments().size(); ++k) {
    auto& value = (*stack)[static_cast<std::size_t>(first) + k];
    if (value.isDevice()) sight.on(value.toDevice()), value = c10::Device(c10::kCPU);
    value = changed(value, [&](const Tensor& t) { return sight.host(t); });
  }
  for (std::size_t k = 0; k < schema.arguments().size(); ++k) {
    auto& value = (*stack)[static_cast<std::size_t>(first) + k];
    if (value.isGenerator())
      value = host_generator(value.toGenerator());
    else if (value.isNone() && draws(schema.arguments()[k]))
      value = host_generator(default_generator(sight.card().index()));
  }
  const auto host = as.empty() ? op : c10::Dispatcher::singleton().findSchemaOrThrow(as.c_str(), "");
  host.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  for (std::size_t k = stack->size() - schema.returns().size(); k < stack->size(); ++k)
    (*stack)[k] = changed((*stack)[k], [&](const Tensor& t) { return sight.device(t); });
}

void any(const c10::OperatorHandle& op, Stack* stack) { call(op, stack); }
void convolution(const c10::OperatorHandle& op, Stack* stack) { call(op, stack, "aten::convolution"); }

Tensor empty(c10::IntArrayRef sizes, std::optional<c10::ScalarType> type, std::optional<c10::Layout>,
             std::optional<c10::Device> card, std::optional<bool>, std::optional<c10::MemoryFormat> format) {
  const c10::OptionalDeviceGuard guard(card);
  return at::detail::empty_generic(sizes, allocator(), kKeys, c10::dtype_or_default(type), format);
}

Tensor empty_strided(c10::IntArrayRef sizes, c10::IntArrayRef strides, std::optional<c10::ScalarType> type,
                     std::optional<c10::Layout>, std::optional<c10::Device> card, std::optional<bool>) {
  const c10::OptionalDeviceGuard guard(card);
  return at::detail::empty_strided_generic(sizes, strides, allocator(), kKeys, c10::dtype_or_default(type));
}

// Between host and device, or two cards.
Tensor copy_from(const Tensor& from, const Tensor& to, bool) {
  Sight source("copy"), target("copy");
  const Tensor h = to.is_cpu() ? to : target.host(to);
  h.copy_(from.is_cpu() ? from : source.host(from));
  return to;
}

const Tensor& resize(const Tensor& t, c10::IntArrayRef sizes, std::optional<c10::MemoryFormat>) {
  const std::size_t bytes = static_cast<std::size_t>(c10::multiply_integers(sizes)) * t.element_size();
  if (t.storage().nbytes() < bytes) {
    TORCH_CHECK(t.storage().nbytes() == 0, "walled device: only a tensor without memory is made larger");
    const c10::DeviceGuard guard(t.device());
    t.storage().set_data_ptr_noswap(allocator()->allocate(bytes));
    t.storage().set_nbytes(bytes);
  }
  t.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
  return t;
}

// torch::nn::Module::to() asks it.
bool may_become(const Tensor&, const Tensor&) { return true; }

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&any>()); }

// Operations that LibTorch puts together from others where a device has no kernel, though the CPU has one.
void take_cpu_kernels(torch::Library& m) {
  const std::string aten = "aten::";
  for (const auto& name : c10::Dispatcher::singleton().getAllOpNames()) {
    const auto op = c10::Dispatcher::singleton().findOp(name);
    if (!name.name.starts_with(aten) || !op->hasKernelForDispatchKey(c10::DispatchKey::CPU) ||
        !op->hasKernelForDispatchKey(c10::DispatchKey::CompositeExplicitAutograd))
      continue;
    const std::string overload = name.overload_name.empty() ? "" : "." + name.overload_name;
    m.impl((name.name.substr(aten.size()) + overload).c_str(),
           torch::CppFunction::makeFromBoxedFunction<&any>());
  }
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  take_cpu_kernels(m);
  m.impl("empty.memory_format", TORCH_FN(empty));
  m.impl("empty_strided", TORCH_FN(empty_strided));
  m.impl("_copy_from", TORCH_FN(copy_from));
  m.impl("resize_", TORCH_FN(resize));
  m.impl("_has_compatible_shallow_copy_type", TORCH_FN(may_become));
  m.impl("convolution_overrideable", torch::CppFunction::makeFromBoxedFunction<&convolution>());
}

}  // namespace
}  // namespace tsd::walled
