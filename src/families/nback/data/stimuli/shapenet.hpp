// Finding objects in a tree of Wavefront files in ShapeNet layout. nback.md 2.1.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace tsd::nback {

// The mesh files of the first `objects` objects (by name) of each category: <tree>/<category>/<object>/,
// where the category's folder may also have its ShapeNet synset number as name, and the file is model.obj, or
// models/model_normalized.obj (ShapeNetCore v2), or the first .obj by name.
// MissingInput where a folder or file is not there, DataError where there are too few objects.
std::vector<std::vector<std::filesystem::path>> shapenet_objects(const std::filesystem::path& tree,
                                                                 const std::vector<std::string>& categories,
                                                                 int objects);

// Sorted; MissingInput where there is no such directory.
std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& directory);

}  // namespace tsd::nback
