#include "tsd/nn/accelerator.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "tsd/error.hpp"
#include "tsd/nn/products.hpp"

namespace tsd::nn {

namespace {

std::string library() {
  return std::string(TORCH_VERSION) +
         (at::globalContext().hasCUDART() ? " (CUDA build)" : " (CPU-only build)");
}

std::size_t cuda_devices() { return torch::cuda::is_available() ? torch::cuda::device_count() : 0; }

std::string resolve(const std::string& wanted) {
  const std::size_t count = cuda_devices();
  if (wanted == "cpu") return wanted;
  if (wanted == "auto") return count > 0 ? "cuda" : "cpu";
  for (std::size_t k = 0; k < count; ++k)
    if (wanted == "cuda:" + std::to_string(k)) return wanted;
  if (wanted == "cuda" && count > 0) return wanted;
  throw UsageError("device " + wanted + " is not there; expected auto, cpu" +
                   (count > 0 ? ", cuda or cuda:k with k < " + std::to_string(count) : "") +
                   "; this is LibTorch " + library() + " and it sees " + std::to_string(count) +
                   " CUDA devices");
}

std::vector<std::string> devices() {
  std::vector<std::string> names = {"cpu"};
  const std::size_t count = cuda_devices();
  for (std::size_t k = 0; k < count; ++k) names.push_back("cuda:" + std::to_string(k));
  return names;
}

}  // namespace

Accelerator accelerator() {
  Accelerator facts;
  facts.library = library();
  facts.products = product_kernels;
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
