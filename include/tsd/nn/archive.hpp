// LibTorch tensors and modules as named arrays, and back.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsd/io/array.hpp"
#include "tsd/nn/tensor.hpp"

namespace torch::nn {
class Module;
}

namespace tsd::nn {

Array to_array(std::string name,
               const torch::Tensor& tensor);  // on the CPU, contiguous; f16 and bf16 become f32
torch::Tensor to_tensor(const Array& array);  // a copy, on the CPU

// Parameters and buffers under their PyTorch names, in the module's order.
Arrays save(const torch::nn::Module& module);

// Fills every parameter and buffer. DataError naming `source`, the tensor, expected and got, where one is
// missing, has another shape, is integer instead of float, or holds a number that is not finite. Arrays whose
// name starts with one of `ignored` may be left over; others are an error that lists them. A missing
// num_batches_tracked is left as it is: files from elsewhere often lack it.
void load(torch::nn::Module& module, const Arrays& arrays, std::string_view source,
          const std::vector<std::string>& ignored = {});

}  // namespace tsd::nn
