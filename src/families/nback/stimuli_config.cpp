#include "families/nback/stimuli_config.hpp"

namespace tsd::nback {

void describe(Schema& s, StimuliConfig& c) {
  s.choice("source", c.source,
           {{"grammar", StimuliSource::grammar},
            {"box", StimuliSource::box},
            {"shapenet", StimuliSource::shapenet},
            {"images", StimuliSource::images},
            {"features", StimuliSource::features},
            {"synthetic", StimuliSource::synthetic}},
           "built-in objects, one box for all, .obj files, PNG files, a feature table, or synthetic features");
  s.field("path", c.path, "shapenet, images: a directory; features: an HDF5 file");
  s.field("identities", c.identities, "objects per category; of shapenet the first ones by name").range(2, 1000).unit("objects");
  s.choice("compositing", c.compositing, {{"reference", Compositing::reference}, {"centred", Compositing::centred}},
           "paste window clipped as in the published stimuli, or each object centred on its location");
  s.field("seed", c.seed, "of the built-in shapes and the synthetic features");
  s.field("train_angles", c.split.train_angles, "view angles to train on").range(0, kAngles - 1).length(1, kAngles);
  s.field("val_angles", c.split.val_angles, "view angles of the split novel_angle").range(0, kAngles - 1).length(1, kAngles);
  s.field("train_identity_ratio", c.split.train_identity_ratio, "share of a category's objects to train on").above(0).below(1);
}

}  // namespace tsd::nback
