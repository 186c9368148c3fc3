// Arrays in NumPy's own format, as the original keeps learning curves and orders of items.
#pragma once
#include <filesystem>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd::dual_stream {

// Little-endian float64, float32, int64 or int32 in C order. DataError with path, expected and got.
Array read_npy(const std::filesystem::path& path);

// A vector of float64.
std::vector<double> read_npy_curve(const std::filesystem::path& path);

}  // namespace tsd::dual_stream
