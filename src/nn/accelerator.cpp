#include "tsd/nn/accelerator.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/util/Exception.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <utility>
#include <vector>

#include "tsd/engine/device_kinds.hpp"
#include "tsd/error.hpp"
#include "tsd/math/products.hpp"

namespace tsd::nn {

namespace {

std::string library() {
  return std::string(TORCH_VERSION) +
         (at::globalContext().hasCUDART() ? " (CUDA build)" : " (CPU-only build)");
}

// CUDA's devices, and those that an extension of LibTorch has registered.
std::vector<std::pair<std::string, std::size_t>> counts() {
  std::vector<std::pair<std::string, std::size_t>> all = {
      {"cuda", torch::cuda::is_available() ? torch::cuda::device_count() : 0}};
  if (at::isPrivateUse1HooksRegistered())
    all.push_back({c10::get_privateuse1_backend(),
                   static_cast<std::size_t>(at::detail::getPrivateUse1Hooks().deviceCount())});
  return all;
}

std::string resolve(const std::string& wanted) {
  if (wanted == "cpu") return wanted;
  const auto all = counts();
  if (wanted == "auto") return all.front().second > 0 ? "cuda" : "cpu";
  std::string expected = "auto, cpu", seen;
  for (const auto& [kind, count] : all) {
    if (wanted == kind && count > 0) return wanted;
    for (std::size_t k = 0; k < count; ++k)
      if (wanted == kind + ":" + std::to_string(k)) return wanted;
    if (count > 0) expected += ", " + kind + " or " + kind + ":k with k < " + std::to_string(count);
    seen += (seen.empty() ? "" : " and ") + std::to_string(count) + " " + (kind == "cuda" ? "CUDA" : kind) +
            " devices";
  }
  throw UsageError("device " + wanted + " is not there; expected " + expected + "; this is LibTorch " +
                   library() + " and it sees " + seen);
}

std::vector<std::string> devices() {
  std::vector<std::string> names = {"cpu"};
  for (const auto& [kind, count] : counts())
    for (std::size_t k = 0; k < count; ++k) names.push_back(kind + ":" + std::to_string(k));
  return names;
}

}  // namespace

Accelerator accelerator() {
  if (at::isPrivateUse1HooksRegistered()) add_device_kind(c10::get_privateuse1_backend());
  Accelerator facts;
  facts.library = library();
  facts.products = math::product_kernels;
  facts.resolve_device = resolve;
  facts.devices = devices;
  facts.set_threads = [](int threads) { at::set_num_threads(threads); };
  facts.is_out_of_memory = [](const std::exception& error) {
    // The CPU allocator throws a plain c10::Error.
    return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
           std::string_view(error.what()).find("can't allocate memory") != std::string_view::npos;
  };
  return facts;
}

}  // namespace tsd::nn
