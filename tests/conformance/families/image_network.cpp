#include "conformance/families/image_network.hpp"

#include <torch/script.h>

namespace tsd::test {

std::filesystem::path write_image_network(const std::filesystem::path& file) {
  torch::jit::Module network("network");
  network.define("def forward(self, x):\n  return x[:, :, ::56, ::56].flatten(1)\n");
  network.save(file.string());
  return file;
}

}  // namespace tsd::test
