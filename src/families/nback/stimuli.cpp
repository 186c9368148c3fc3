#include "families/nback/stimuli.hpp"

#include <algorithm>
#include <string>

#include "families/nback/mesh.hpp"
#include "families/nback/parallel.hpp"
#include "families/nback/shape_grammar.hpp"
#include "families/nback/stimulus_set.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> sorted_entries(const fs::path& directory) {
  if (!fs::is_directory(directory)) throw MissingInput(directory.string() + ": no such directory (stimuli.path)");
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(directory)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

// One mesh per object, in the order of the set.
struct Objects {
  std::vector<std::string> categories;
  std::vector<std::vector<Mesh>> meshes;  // [category][object]
};

Objects built_in(const StimuliConfig& config) {
  Objects objects{kGrammarCategories, {}};
  for (const auto& category : objects.categories) {
    auto& meshes = objects.meshes.emplace_back();
    for (int i = 0; i < config.identities; ++i)
      meshes.push_back(config.source == StimuliSource::box ? unit_box() : grammar_object(category, i, config.seed));
  }
  return objects;
}

Objects shapenet(const StimuliConfig& config) {
  Objects objects;
  for (const auto& category : sorted_entries(config.path)) {
    if (!fs::is_directory(category)) continue;
    objects.categories.push_back(category.filename().string());
    auto& meshes = objects.meshes.emplace_back();
    for (const auto& object : sorted_entries(category)) {
      if (!fs::is_directory(object) || static_cast<int>(meshes.size()) == config.identities) continue;
      meshes.push_back(read_obj(object / "model.obj"));
      normalise(meshes.back());
    }
    if (static_cast<int>(meshes.size()) < config.identities)
      throw DataError(category.string() + ": expected " + std::to_string(config.identities) + " objects (stimuli.identities), got " +
                      std::to_string(meshes.size()));
  }
  if (objects.categories.empty()) throw DataError(config.path + ": expected a directory per category, got none");
  return objects;
}

StimulusImages render_all(const Objects& objects, Compositing compositing, int threads) {
  std::vector<int> counts;
  std::vector<const Mesh*> meshes;
  for (const auto& category : objects.meshes) {
    counts.push_back(static_cast<int>(category.size()));
    for (const Mesh& mesh : category) meshes.push_back(&mesh);
  }
  StimulusImages images{factorial_set(objects.categories, counts), {}};
  images.pixels.resize(images.set.stimuli.size() * kImageBytes);
  parallel_for(meshes.size() * kAngles, threads, [&](std::size_t i) {
    const std::size_t object = i / kAngles, angle = i % kAngles;
    const Image centred = render(*meshes[object], static_cast<int>(angle));
    for (std::size_t location = 0; location < kLocations; ++location) {
      const std::size_t row = (object * kLocations + location) * kAngles + angle;
      composite(centred, static_cast<int>(location), compositing, std::span(images.pixels).subspan(row * kImageBytes, kImageBytes));
    }
  });
  return images;
}

StimulusImages read_all(const fs::path& directory, int threads) {
  std::vector<StimulusName> names;
  std::vector<fs::path> files;
  for (const auto& path : sorted_entries(directory))
    if (const auto name = parse_file_name(path.filename().string())) {
      names.push_back(*name);
      files.push_back(path);
    }
  if (names.empty()) throw DataError(directory.string() + ": expected files stimulus_<category>_<iii>_loc<l>_angle<a>.png, got none");
  auto sorted = sorted_set(names, directory.string());
  StimulusImages images{std::move(sorted.set), std::vector<std::uint8_t>(files.size() * kImageBytes)};
  parallel_for(files.size(), threads, [&](std::size_t i) {
    const fs::path& file = files[sorted.order[i]];
    const Image image = read_png(file);
    if (image.width != kImageSide || image.height != kImageSide)
      throw DataError(file.string() + ": expected 224 x 224 pixels, got " + std::to_string(image.width) + " x " + std::to_string(image.height));
    std::copy(image.pixels.begin(), image.pixels.end(), images.pixels.begin() + static_cast<std::ptrdiff_t>(i * kImageBytes));
  });
  return images;
}

}  // namespace

StimulusImages load_images(const StimuliConfig& config, int threads) {
  switch (config.source) {
    case StimuliSource::grammar:
    case StimuliSource::box: return render_all(built_in(config), config.compositing, threads);
    case StimuliSource::shapenet: return render_all(shapenet(config), config.compositing, threads);
    case StimuliSource::images: return read_all(config.path, threads);
    case StimuliSource::features:
    case StimuliSource::synthetic: break;
  }
  throw UsageError("stimuli.source: feature tables have no images; expected grammar, box, shapenet or images");
}

void write_images(const StimulusImages& images, const fs::path& directory, int threads) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw CannotCreate(directory.string() + ": cannot create: " + error.message());
  parallel_for(images.set.stimuli.size(), threads, [&](std::size_t i) {
    const auto begin = images.pixels.begin() + static_cast<std::ptrdiff_t>(i * kImageBytes);
    write_png(directory / fs::path(images.set.stimuli[i].path).filename(),
              {kImageSide, kImageSide, {begin, begin + static_cast<std::ptrdiff_t>(kImageBytes)}});
  });
}

Image contact_sheet(const StimulusImages& images) {
  constexpr int kCell = 134;  // what is pasted of an object
  const auto categories = static_cast<int>(images.set.categories.size());
  const int columns = static_cast<int>(images.set.identities.size()) / categories;
  Image sheet = black_image(2 * columns * kCell, 2 * categories * kCell);
  for (std::size_t i = 0; i < images.set.stimuli.size(); ++i) {
    const Stimulus& s = images.set.stimuli[i];
    if (s.location != 0) continue;
    const int x0 = (2 * (s.identity % columns) + s.angle % 2) * kCell, y0 = (2 * s.category + s.angle / 2) * kCell;
    for (int y = 0; y < kCell; ++y)
      std::copy_n(&images.pixels[i * kImageBytes + 3 * static_cast<std::size_t>(y) * kImageSide], 3 * kCell, sheet.at(x0, y0 + y));
  }
  return sheet;
}

}  // namespace tsd::nback
