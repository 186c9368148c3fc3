#include "families/nback/data/stimuli/stimuli_config.hpp"

#include <algorithm>

namespace tsd::nback {

void describe(Schema& s, StimuliConfig& c) {
  s.choice(
      "source", c.source,
      {{"grammar", StimuliSource::grammar},
       {"box", StimuliSource::box},
       {"shapenet", StimuliSource::shapenet},
       {"images", StimuliSource::images},
       {"features", StimuliSource::features},
       {"synthetic", StimuliSource::synthetic}},
      "built-in objects, one box for all, .obj files, PNG files, a feature table, or synthetic features");
  s.field("path", c.path, "shapenet, images: a directory; features: an HDF5 file").must_exist();
  s.field("categories", c.categories,
          "shapenet: folders of the tree, or the names of ShapeNet's four synsets")
      .length(2);
  s.field("identities", c.identities, "objects per category; of shapenet the first ones by name")
      .range(2, 1000)
      .unit("objects");
  s.choice("compositing", c.compositing,
           {{"reference", Compositing::reference}, {"centred", Compositing::centred}},
           "paste window clipped as in the published stimuli, or each object centred on its location");
  s.field("seed", c.seed, "of the built-in shapes and the synthetic features");
  s.field("train_angles", c.split.train_angles, "view angles to train on")
      .range(0, kAngles - 1)
      .length(1, kAngles);
  s.field("val_angles", c.split.val_angles, "view angles of the split novel_angle")
      .range(0, kAngles - 1)
      .length(1, kAngles);
  s.field("train_identity_ratio", c.split.train_identity_ratio, "share of a category's objects to train on")
      .above(0)
      .below(1);
}

void check(Problems& problems, const StimuliConfig& c) {
  const bool reads = c.source == StimuliSource::shapenet || c.source == StimuliSource::images ||
                     c.source == StimuliSource::features;
  if (reads && c.path.empty())
    problems.add("stimuli.path", "this stimuli.source reads files", "a path", "nothing");

  const auto has = [](const auto& list, const auto& value) {
    return std::count(list.begin(), list.end(), value);
  };
  for (const auto& category : c.categories)
    if (has(c.categories, category) > 1 || category.empty() ||
        category.find_first_of("/\\") != std::string::npos)
      return problems.add("stimuli.categories", "not distinct names of folders",
                          "each name once, without slashes", category);
  for (const int angle : c.split.train_angles)
    if (has(c.split.val_angles, angle) || has(c.split.train_angles, angle) > 1)
      return problems.add("stimuli.train_angles", "an angle is named twice",
                          "each angle once, here or in stimuli.val_angles", std::to_string(angle));
  for (const int angle : c.split.val_angles)
    if (has(c.split.val_angles, angle) > 1)
      return problems.add("stimuli.val_angles", "an angle is named twice", "each angle once",
                          std::to_string(angle));
}

}  // namespace tsd::nback
