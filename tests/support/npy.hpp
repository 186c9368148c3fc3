// .npy files in C order, format 1.0: values of one of float64, and one of int64.
#pragma once
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace tsd::test {

// `shape` as Python writes a tuple: "(3, 4, 8)".
inline void write_npy(const std::string& path, const std::vector<std::int64_t>& values,
                      const std::string& shape) {
  std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += "\n";
  std::ofstream file(path, std::ios::binary);
  file << std::string("\x93NUMPY\x01\x00v\x00", 10) << header;
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * 8));
}

inline std::vector<double> read_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 10 || bytes.substr(1, 5) != "NUMPY" || bytes[6] != 1)
    throw std::runtime_error(path + ": not .npy 1.0");
  const std::size_t header =
      static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  const std::string text = bytes.substr(10, header);
  if (text.find("'<f8'") == std::string::npos || text.find("'fortran_order': False") == std::string::npos)
    throw std::runtime_error(path + ": not float64 in C order");
  std::vector<double> values((bytes.size() - 10 - header) / sizeof(double));
  std::memcpy(values.data(), bytes.data() + 10 + header, values.size() * sizeof(double));
  return values;
}

}  // namespace tsd::test
