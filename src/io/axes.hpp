// Which dataset of an HDF5 file stands for which axis, in the manner of netCDF-4: an axis has a name and a length, and is
// found from a dataset by its name, in the dataset's group or the nearest one above. Only names and lengths: no file.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd {

// A dataset (its path from the root, "/group/name"), and the names of its axes.
struct NamedAxes {
  std::string path;
  std::vector<std::string> axes;
  Shape shape;
};

// Names for the axes of `shape` from `dims`, a comma list: a name that ends in `#` gets the length in its place ("post #"
// is "post 4"), `...` calls all by their lengths ("size 4"), and a name that has been goes on as "unit (2)".
NamedAxes named_axes(const std::string& path, const std::string& dims, const Shape& shape);

struct Scale {
  std::string path;
  std::int64_t length;
};

struct AxesPlan {
  std::vector<std::string> coordinates;  // datasets that hold the values of an axis of their own name
  std::vector<Scale> made;               // to be made for axes that have no such dataset
  std::map<std::string, std::vector<std::string>> scales;  // dataset -> path of each axis's scale
  std::map<std::string, std::vector<std::string>>
      labels;  // group -> its datasets that label an axis: times, task_names
};

// A scale is made at the root where all the file agrees on the length, else beside the dataset; where a group has two
// lengths for one name, the name gets its length. `taken`: paths of all objects of the file.
AxesPlan plan_axes(const std::vector<NamedAxes>& datasets, const std::set<std::string>& taken);

std::string leaf_of(const std::string& path);

}  // namespace tsd
