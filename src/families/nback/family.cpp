#include "tsd/families/nback.hpp"

#include <utility>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/data/features/feature_table.hpp"
#include "families/nback/data/material.hpp"
#include "families/nback/data/stimuli/stimuli.hpp"
#include "families/nback/experiment.hpp"
#include "families/nback/outputs.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::nback {

namespace {
void write_stimuli(const Configuration& configuration, const RunContext& context,
                   const std::filesystem::path& out) {
  const Config& config = static_cast<const NbackConfiguration&>(configuration).config();
  StimulusImages images = load_images(config.stimuli, context.threads);
  write_images(images, out, context.threads);
  write_png(out / "contact_sheet.png", contact_sheet(images));
  log_info(out.string() + ": " + std::to_string(images.set.stimuli.size()) + " images and contact_sheet.png");
  if (config.backbone.bn == BnMode::live) return;  // no fixed features
  const Material material = from_images(std::move(images), config, context);
  write_features(out / "features.h5", {material.set, material.F, material.features, material.backbone,
                                       material.weights, material.bn});
  log_info((out / "features.h5").string() + ": " + std::to_string(material.F) + " features per image");
}

}  // namespace

Family family() {
  Family f;
  f.name = "nback";
  f.command = "train-nback";
  f.title =
      "N-back working memory on rendered objects: frozen image network, 1x1 convolution, rnn / gru / lstm";
  f.paper =
      "Lei, Ito & Bashivan 2024, Geometry of naturalistic object representations in recurrent neural network "
      "models of working memory, NeurIPS, arXiv:2411.02685";
  f.tasks = {"location", "identity", "category"};
  f.analyses = {behaviour(),         decoding(),   temporal(), task_relevance(), cross_task(),
                orthogonalization(), procrustes(), dynamics(), perturbation(),   efficiency(),
                gate_suppression(),  similarity(), layers(),   extract(),        compare()};
  f.outputs = outputs();
  f.example = "configs/stsf.yaml";
  f.tools = {{"stimuli",
              "render the stimuli of an N-back config as PNG files, a contact sheet and a feature table",
              "data/stimuli", write_stimuli}};
  f.recognise = recognise;
  f.labels = {"scenario", "num_test", "num_workers", "save_visualizations", "num_visualizations"};
  f.make = [] { return std::make_unique<NbackConfiguration>(); };
  return f;
}

}  // namespace tsd::nback
