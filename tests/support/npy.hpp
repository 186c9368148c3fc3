// Values of a .npy file of float64 in C order, format 1.0.
#pragma once
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace tsd::test {

inline std::vector<double> read_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 10 || bytes.substr(1, 5) != "NUMPY" || bytes[6] != 1) throw std::runtime_error(path + ": not .npy 1.0");
  const std::size_t header = static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  const std::string text = bytes.substr(10, header);
  if (text.find("'<f8'") == std::string::npos || text.find("'fortran_order': False") == std::string::npos)
    throw std::runtime_error(path + ": not float64 in C order");
  std::vector<double> values((bytes.size() - 10 - header) / sizeof(double));
  std::memcpy(values.data(), bytes.data() + 10 + header, values.size() * sizeof(double));
  return values;
}

}  // namespace tsd::test
