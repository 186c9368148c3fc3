// The checksum of an HDF5 file: a line behind the end of the file as HDF5 knows it, with the digest of everything
// before. Other readers pass it over; a library that opens the file to change it cuts it off.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace tsd {

std::string seal_of(std::span<const std::byte> content);

// Whether the file has a seal: others write HDF5, too. DataError where one that has is not what it was.
bool check_seal(const std::filesystem::path& path);

}  // namespace tsd
