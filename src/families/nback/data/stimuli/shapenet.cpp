#include "families/nback/data/stimuli/shapenet.hpp"

#include <algorithm>

#include "tsd/error.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

struct Synset {
  std::string_view category, number;
};
constexpr Synset kSynsets[] = {
    {"airplane", "02691156"}, {"car", "02958343"}, {"chair", "03001627"}, {"table", "04379243"}};

fs::path category_folder(const fs::path& tree, const std::string& category) {
  std::string tried = (tree / category).string();
  if (fs::is_directory(tree / category)) return tree / category;
  for (const Synset& synset : kSynsets) {
    if (synset.category != category) continue;
    if (fs::is_directory(tree / synset.number)) return tree / synset.number;
    tried += " and " + (tree / synset.number).string();
  }
  throw MissingInput(tree.string() + ": no folder for category " + category + "; tried " + tried);
}

fs::path mesh_file(const fs::path& object) {
  for (const char* name : {"model.obj", "models/model_normalized.obj"})
    if (fs::exists(object / name)) return object / name;
  for (const auto& file : sorted_entries(object))
    if (file.extension() == ".obj") return file;
  throw MissingInput(object.string() + ": expected model.obj or another .obj file, got none");
}

}  // namespace

std::vector<fs::path> sorted_entries(const fs::path& directory) {
  if (!fs::is_directory(directory)) throw MissingInput(directory.string() + ": no such directory");
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(directory)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<std::vector<fs::path>> shapenet_objects(const fs::path& tree,
                                                    const std::vector<std::string>& categories, int objects) {
  std::vector<std::vector<fs::path>> files;
  for (const auto& category : categories) {
    const fs::path folder = category_folder(tree, category);
    auto& found = files.emplace_back();
    for (const auto& object : sorted_entries(folder))
      if (fs::is_directory(object) && static_cast<int>(found.size()) < objects)
        found.push_back(mesh_file(object));
    if (static_cast<int>(found.size()) < objects)
      throw DataError(folder.string() + ": expected " + std::to_string(objects) +
                      " objects (stimuli.identities), got " + std::to_string(found.size()));
  }
  return files;
}

}  // namespace tsd::nback
