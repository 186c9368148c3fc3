// An image network in TorchScript, as `backbone.weights` may name one.
#pragma once
#include <filesystem>

namespace tsd::test {

// Every 56th pixel of an image, in each colour: 48 features.
std::filesystem::path write_image_network(const std::filesystem::path& file);

}  // namespace tsd::test
