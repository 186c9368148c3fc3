// HDF5's dimension scales, as netCDF-4 writes them: readers of netCDF find the axes of each dataset by their names.
#pragma once
#include <H5Cpp.h>

#include <set>
#include <string>
#include <vector>

#include "io/axes.hpp"

namespace tsd {

// Makes and attaches the scales, and writes `dims` of each dataset, the names of its axes as readers see them.
void write_scales(const H5::H5File& file, const std::vector<NamedAxes>& datasets,
                  const std::set<std::string>& taken);

}  // namespace tsd
