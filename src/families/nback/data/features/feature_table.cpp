#include "families/nback/data/features/feature_table.hpp"

#include <algorithm>

#include "families/nback/data/stimuli/shapes/shape_grammar.hpp"
#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

std::int64_t integer_at(const Array& array, std::size_t i) {
  switch (array.dtype) {
    case DType::u8:
      return array.as<std::uint8_t>()[i];
    case DType::i32:
      return array.as<std::int32_t>()[i];
    case DType::i64:
      return array.as<std::int64_t>()[i];
    default:
      throw DataError(array.name + ": expected integers, got " + std::string(name_of(array.dtype)));
  }
}

// A column of the table against what the file names say.
void check_column(const Hdf5Reader& file, const fs::path& path, const std::string& name,
                  const SortedSet& sorted, int Stimulus::*member) {
  const Array column = file.dataset(name);
  const Shape expected = {static_cast<std::int64_t>(sorted.order.size())};
  if (column.shape != expected)
    throw DataError(path.string() + ": " + name + ": expected shape " + to_string(expected) + ", got " +
                    to_string(column.shape));
  for (std::size_t i = 0; i < sorted.order.size(); ++i) {
    const Stimulus& stimulus = sorted.set.stimuli[i];
    const std::int64_t got = integer_at(column, sorted.order[i]);
    if (got != stimulus.*member)
      throw DataError(path.string() + ": " + name + ": row " + std::to_string(sorted.order[i]) +
                      ": expected " + std::to_string(stimulus.*member) + " as " + stimulus.path +
                      " says, got " + std::to_string(got));
  }
}

}  // namespace

FeatureFile read_features(const fs::path& path) {
  const Hdf5Reader file(path);
  std::vector<StimulusName> names;
  for (const auto& text : file.strings("/path")) {
    const auto name = parse_file_name(fs::path(text).filename().string());
    if (!name)
      throw DataError(path.string() +
                      ": /path: expected stimulus_<category>_<iii>_loc<l>_angle<a>.png, got " + text);
    names.push_back(*name);
  }
  if (names.empty()) throw DataError(path.string() + ": /path: expected stimuli, got none");
  auto sorted = sorted_set(names, path.string());
  check_column(file, path, "/category", sorted, &Stimulus::category);
  check_column(file, path, "/identity", sorted, &Stimulus::identity);
  check_column(file, path, "/location", sorted, &Stimulus::location);
  check_column(file, path, "/angle", sorted, &Stimulus::angle);
  const Array features = file.dataset("/features", DType::f32, {static_cast<std::int64_t>(names.size()), -1});
  if (features.shape[1] == 0)
    throw DataError(path.string() + ": /features: expected at least one feature, got none");
  FeatureFile table{std::move(sorted.set), static_cast<int>(features.shape[1]), {}, "", "", ""};
  const auto values = features.as<float>();
  for (std::size_t row : sorted.order) {
    const auto part = values.subspan(row * table.F, table.F);
    table.features.insert(table.features.end(), part.begin(), part.end());
  }
  const auto attribute = [&](const char* name) {
    return file.has_attribute("/", name) ? file.text_attribute("/", name) : std::string("unknown");
  };
  table.backbone = attribute("backbone");
  table.weights = attribute("weights");
  table.bn = attribute("bn_mode");
  return table;
}

void write_features(const fs::path& path, const FeatureFile& table) {
  std::vector<std::string> paths;
  std::vector<std::uint8_t> category, location, angle;
  std::vector<std::int32_t> identity;
  for (const Stimulus& s : table.set.stimuli) {
    paths.push_back(s.path);
    category.push_back(static_cast<std::uint8_t>(s.category));
    identity.push_back(s.identity);
    location.push_back(static_cast<std::uint8_t>(s.location));
    angle.push_back(static_cast<std::uint8_t>(s.angle));
  }
  Hdf5Writer file(path);
  file.attribute("/", "backbone", table.backbone);
  file.attribute("/", "weights", table.weights);
  file.attribute("/", "bn_mode", table.bn);
  file.attribute("/", "preprocessing", "RGB / 255, minus (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225)");
  file.dataset<float>("/features", std::span<const float>(table.features),
                      {static_cast<std::int64_t>(paths.size()), table.F},
                      {"stimulus,feature", "", "last feature map of the backbone, averaged over space"});
  file.strings("/path", paths, {"stimulus", "", "file name of the image"});
  file.dataset("/category", category, {"stimulus", "index", "categories in alphabetical order"});
  file.dataset("/identity", identity, {"stimulus", "index", "objects in alphabetical order"});
  file.dataset("/location", location,
               {"stimulus", "index", "0 top left, 1 top right, 2 bottom left, 3 bottom right"});
  file.dataset("/angle", angle, {"stimulus", "index", "view angle"});
  file.close();
}

FeatureFile synthetic_features(int identities, std::uint64_t seed) {
  constexpr int F = 2048;
  const std::vector<int> counts(kGrammarCategories.size(), identities);
  FeatureFile table{
      factorial_set(kGrammarCategories, counts), F, {}, "synthetic", "seed " + std::to_string(seed), "none"};
  const auto vectors = [&](const char* name, std::size_t count) {
    Philox rng(seed, std::string("nback.synthetic.") + name);
    std::vector<double> u(count * F);
    for (double& value : u) value = rng.normal();
    return u;
  };
  const std::size_t objects = table.set.identities.size();
  const auto category = vectors("category", counts.size()), identity = vectors("identity", objects),
             location = vectors("location", kLocations), angle = vectors("angle", kAngles),
             view = vectors("view", objects * kAngles), noise = vectors("noise", table.set.stimuli.size());
  for (std::size_t i = 0; i < table.set.stimuli.size(); ++i) {
    const Stimulus& s = table.set.stimuli[i];
    for (int f = 0; f < F; ++f) {
      const auto at = [f](const std::vector<double>& u, std::size_t row) { return u[row * F + f]; };
      const double sum = at(category, s.category) + 0.7 * at(identity, s.identity) +
                         0.15 * at(location, s.location) + 0.3 * at(angle, s.angle) +
                         0.3 * at(view, static_cast<std::size_t>(s.identity) * kAngles + s.angle) +
                         0.1 * at(noise, i);
      table.features.push_back(static_cast<float>(std::max(0.0, sum) / 4));
    }
  }
  return table;
}

}  // namespace tsd::nback
