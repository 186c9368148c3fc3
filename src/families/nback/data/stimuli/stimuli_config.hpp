// Which stimuli, from where, and how they are split. nback.md 2.1 to 2.3, 2.9, 6.4.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "families/nback/data/stimuli/render.hpp"
#include "families/nback/data/stimuli/shapes/shape_grammar.hpp"
#include "families/nback/data/stimuli/splits.hpp"
#include "tsd/engine/schema/schema.hpp"

namespace tsd::nback {

enum class StimuliSource {
  grammar,    // built-in objects, rendered
  box,        // one and the same box for every identity, as the reference's placeholder
  shapenet,   // <path>/<category>/<object>/model.obj and the like, rendered
  images,     // PNGs under the reference's file names
  features,   // a feature table; no images
  synthetic,  // a factorial feature table; no images
};

struct StimuliConfig {
  StimuliSource source = StimuliSource::grammar;
  std::string path;
  std::vector<std::string> categories = kGrammarCategories;  // of shapenet
  int identities = 5;                                        // per category
  Compositing compositing = Compositing::reference;
  std::uint64_t seed = 1;  // of shapes and synthetic features
  SplitRule split;
};
void describe(Schema& schema, StimuliConfig& config);
void check(Problems& problems, const StimuliConfig& config);  // keys are given as stimuli.<key>

}  // namespace tsd::nback
