// NumPy's file format, as far as the published curves need it.
#pragma once
#include <filesystem>
#include <vector>

namespace tsd::dual_stream {

// A vector of little-endian float64. DataError with path, expected and got.
std::vector<double> read_npy(const std::filesystem::path& path);

}  // namespace tsd::dual_stream
