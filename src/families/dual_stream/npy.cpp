#include "families/dual_stream/npy.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/file_kind.hpp"

namespace tsd::dual_stream {

std::vector<double> read_npy(const std::filesystem::path& path) {
  const auto bytes = read_bytes(path, 1 << 28);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(std::string_view("\x93NUMPY\x01\x00", 8)) || text.size() < 10)
    throw DataError(path.string() + ": expected an array in NumPy's format 1.0" + told_kind(path));
  const std::size_t header = static_cast<unsigned char>(text[8]) + 256u * static_cast<unsigned char>(text[9]);
  const std::string_view facts = text.substr(10, header);
  const std::size_t size = text.size() - std::min(text.size(), 10 + header);
  const bool is_vector = facts.find(",)") != facts.npos;
  if (!is_vector || facts.find("'<f8'") == facts.npos || size % sizeof(double) != 0)
    throw DataError(path.string() + ": expected a vector of little-endian float64, got " +
                    std::string(facts));
  std::vector<double> values(size / sizeof(double));
  std::memcpy(values.data(), text.data() + 10 + header, size);
  return values;
}

}  // namespace tsd::dual_stream
