// Lists of unequal length in HDF5 files of other programs.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tsd {

// A dataset of variable-length lists of whole numbers, as h5py writes them, or [list, number] of equal ones.
// Errors as those of Hdf5Reader.
std::vector<std::vector<std::int64_t>> integer_lists(const std::filesystem::path& file,
                                                     const std::string& dataset);

}  // namespace tsd
