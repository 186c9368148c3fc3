#include "families/nback/data/stimuli/stimuli.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "families/nback/data/stimuli/mesh.hpp"
#include "families/nback/data/stimuli/shapenet.hpp"
#include "families/nback/data/stimuli/shapes/shape_grammar.hpp"
#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

// What to render; meshes are made when their turn comes.
struct Objects {
  StimulusSet set;
  std::function<Mesh(std::size_t identity)> mesh;
};

Objects built_in(const StimuliConfig& config) {
  const std::vector<int> counts(kGrammarCategories.size(), config.identities);
  return {factorial_set(kGrammarCategories, counts), [&config](std::size_t i) {
            if (config.source == StimuliSource::box) return unit_box();
            const std::size_t m = config.identities;
            return grammar_object(kGrammarCategories[i / m], static_cast<int>(i % m), config.seed);
          }};
}

Objects shapenet(const StimuliConfig& config) {
  std::vector<std::string> categories = config.categories;
  std::sort(categories.begin(), categories.end());
  const std::vector<int> counts(categories.size(), config.identities);
  return {factorial_set(categories, counts),
          [m = config.identities,
           files = shapenet_objects(config.path, categories, config.identities)](std::size_t i) {
            Mesh mesh = read_obj(files[i / m][i % m]);
            normalise(mesh);
            return mesh;
          }};
}

StimulusImages render_all(Objects objects, Compositing compositing, int threads) {
  StimulusImages images{std::move(objects.set), {}};
  images.pixels.resize(images.set.stimuli.size() * kImageBytes);
  parallel_for(images.set.identities.size(), threads, [&](std::size_t identity) {
    const Mesh mesh = objects.mesh(identity);
    for (int angle = 0; angle < kAngles; ++angle) {
      const Image centred = render(mesh, angle);
      for (int location = 0; location < kLocations; ++location) {
        const std::size_t row = (identity * kLocations + location) * kAngles + angle;
        composite(centred, location, compositing,
                  std::span(images.pixels).subspan(row * kImageBytes, kImageBytes));
      }
    }
  });
  return images;
}

StimulusImages read_all(const fs::path& directory, int threads) {
  std::vector<StimulusName> names;
  std::vector<fs::path> files;
  for (const auto& path : sorted_entries(directory)) {
    const std::string text = path.filename().string();
    if (const auto name = parse_file_name(text)) {
      names.push_back(*name);
      files.push_back(path);
    } else if (text.starts_with("stimulus_") && (text.ends_with(".png") || text.ends_with(".PNG"))) {
      throw DataError(
          path.string() +
          ": expected stimulus_<category>_<iii>_loc<l>_angle<a>.png, three digits, locations 0..3 and "
          "angles 0..3, got another name");
    }
  }
  if (names.empty())
    throw DataError(directory.string() +
                    ": expected files stimulus_<category>_<iii>_loc<l>_angle<a>.png, got none");
  auto sorted = sorted_set(names, directory.string());
  StimulusImages images{std::move(sorted.set), std::vector<std::uint8_t>(files.size() * kImageBytes)};
  parallel_for(files.size(), threads, [&](std::size_t i) {
    const fs::path& file = files[sorted.order[i]];
    const Image image = read_png(file);
    if (image.width != kImageSide || image.height != kImageSide)
      throw DataError(file.string() + ": expected 224 x 224 pixels, got " + std::to_string(image.width) +
                      " x " + std::to_string(image.height));
    std::copy(image.pixels.begin(), image.pixels.end(),
              images.pixels.begin() + static_cast<std::ptrdiff_t>(i * kImageBytes));
  });
  return images;
}

// The built-in boxes are equal on purpose; objects of one's own are not.
StimulusImages own(StimulusImages images, const StimuliConfig& config) {
  const std::string doubt = about_equal_objects(images.set, std::as_bytes(std::span(images.pixels)));
  if (!doubt.empty()) log_warning(config.path + ": " + doubt);
  return images;
}

}  // namespace

StimulusImages load_images(const StimuliConfig& config, int threads) {
  switch (config.source) {
    case StimuliSource::grammar:
    case StimuliSource::box:
      return render_all(built_in(config), config.compositing, threads);
    case StimuliSource::shapenet:
      return own(render_all(shapenet(config), config.compositing, threads), config);
    case StimuliSource::images:
      return own(read_all(config.path, threads), config);
    case StimuliSource::features:
    case StimuliSource::synthetic:
      break;
  }
  throw UsageError(
      "stimuli.source: feature tables have no images; expected grammar, box, shapenet or images");
}

std::vector<std::uint8_t> thumbnails(const StimulusImages& images) {
  constexpr std::size_t side = kThumbnailSide, row = kImageBytes / kImageSide;
  std::vector<std::uint8_t> small(images.set.stimuli.size() * side * side * 3);
  for (std::size_t i = 0; i < small.size(); ++i) {
    const std::size_t colour = i % 3, x = i / 3 % side, y = i / 3 / side % side, image = i / 3 / side / side;
    int sum = 0;
    for (std::size_t k = 0; k < 16; ++k)
      sum += images.pixels[image * kImageBytes + (4 * y + k / 4) * row + (4 * x + k % 4) * 3 + colour];
    small[i] = static_cast<std::uint8_t>(sum / 16);
  }
  return small;
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
  std::vector<int> column(images.set.identities.size()), objects(images.set.categories.size());
  for (const Stimulus& s : images.set.stimuli)
    if (s.location == 0 && s.angle == 0) column[s.identity] = objects[s.category]++;

  const int columns = *std::max_element(objects.begin(), objects.end());
  Image sheet = black_image(2 * columns * kCell, 2 * static_cast<int>(objects.size()) * kCell);
  for (std::size_t i = 0; i < images.set.stimuli.size(); ++i) {
    const Stimulus& s = images.set.stimuli[i];
    if (s.location != 0) continue;
    const int x0 = (2 * column[s.identity] + s.angle % 2) * kCell,
              y0 = (2 * s.category + s.angle / 2) * kCell;
    for (int y = 0; y < kCell; ++y)
      std::copy_n(&images.pixels[i * kImageBytes + 3 * static_cast<std::size_t>(y) * kImageSide], 3 * kCell,
                  sheet.at(x0, y0 + y));
  }
  return sheet;
}

}  // namespace tsd::nback
