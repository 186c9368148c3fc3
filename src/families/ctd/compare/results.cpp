// What a finished comparison leaves in results.h5 (compare.md 6.3).
#include <algorithm>
#include <cmath>

#include "families/ctd/compare/experiment.hpp"
#include "families/ctd/compare/outputs.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::compare {

void CompareExperiment::write_models(Hdf5Writer& results) const {
  std::vector<std::string> names, groups, files;
  for (const Entry& e : entries_) names.push_back(e.name), groups.push_back(e.group), files.push_back(e.file);
  results.strings("/models/name", names, meaning_of("/models/name"));
  results.strings("/models/group", groups, meaning_of("/models/group"));
  results.strings("/models/file", files, meaning_of("/models/file"));
  for (const Column& c : columns())
    results.dataset("/metrics/" + c.name, c.values, meaning_of("/metrics/<metric>"));
  if (config_.metrics.eval_dropout == EvalDropout::none) return;
  for (const auto& [name, value] : kScores) {
    std::vector<double> values;
    for (const Entry& e : entries_) values.push_back(e.assessment.scores.*value);
    const std::string path = "/metrics_nodropout/";
    results.dataset(path + std::string(name), values, meaning_of(path + "<metric>"));
  }
}

void CompareExperiment::write_groups(Hdf5Writer& results) const {
  std::vector<std::string> groups;
  for (const Entry& e : entries_) groups.push_back(e.group);
  const auto distinct = distinct_groups(groups);
  if (distinct.empty()) return;
  results.strings("/groups/name", distinct, meaning_of("/groups/name"));
  for (const Column& c : columns()) {
    std::vector<std::int64_t> n;
    std::vector<double> mean, sd, half_width;
    for (const std::string& group : distinct) {
      const Spread s = spread(members(c.values, groups, group), config_.metrics.confidence);
      n.push_back(s.n), mean.push_back(s.mean), sd.push_back(s.sd), half_width.push_back(s.half_width);
    }
    const std::string place = "/groups/" + c.name + "/", path = "/groups/<metric>/";
    results.dataset(place + "n", n, meaning_of(path + "n"));
    results.dataset(place + "mean", mean, meaning_of(path + "mean"));
    results.dataset(place + "sd", sd, meaning_of(path + "sd"));
    results.dataset(place + "half_width", half_width, meaning_of(path + "half_width"));
  }
}

void CompareExperiment::write_alignment(Hdf5Writer& results) const {
  const Components& pca = assessor_.components();
  const std::string reference = "/align/pca_ref/";
  results.dataset(reference + "mean", pca.mean, meaning_of(reference + "mean"));
  write_matrix(results, reference + "components", pca.directions, meaning_of(reference + "components"));
  results.dataset(reference + "explained_variance_ratio", pca.variance_ratio,
                  meaning_of(reference + "explained_variance_ratio"));
  for (const Entry& e : entries_) {
    const Assessment& a = e.assessment;
    if (a.cycle.n_components > 0) {
      const std::string place = "/cycle/" + e.name + "/", path = "/cycle/<name>/";
      results.dataset(place + "singular_values", a.cycle.singular_values,
                      meaning_of(path + "singular_values"));
      results.dataset(place + "n_components", make_scalar("", std::int64_t{a.cycle.n_components}),
                      meaning_of(path + "n_components"));
    }
    if (a.alignment.intercept.empty()) continue;
    const std::string place = "/align/" + e.name + "/", path = "/align/<name>/";
    write_matrix(results, place + "coef", a.alignment.coefficients, meaning_of(path + "coef"));
    results.dataset(place + "intercept", a.alignment.intercept, meaning_of(path + "intercept"));
    results.dataset<float>(place + "projected_val", e.projected,
                           {reference_.val_latents.trials, reference_.val_latents.steps, components()},
                           meaning_of(path + "projected_val"));
    results.dataset("/scree/" + e.name, a.scree, meaning_of("/scree/<name>"));
  }
}

void CompareExperiment::write_results(Hdf5Writer& results) {
  write_models(results);
  write_groups(results);
  write_alignment(results);
  write_likeness(results);
  write_rotations(results);
  write_demixed(results);
  if (points_) {
    for (const PointSearch& s : points_->searches()) write_fixed_points(results, s);
    for (std::size_t k = 0; k < entries_.size(); ++k) write_way(results, static_cast<int>(k));
  }
  if (dsa_) write_dsa(results);
  if (dsa_sweep_) write_dsa_sweep(results);
  if (input_dsa_) write_input_dsa(results);
  std::vector<std::string> names, groups;
  for (const Entry& e : entries_) names.push_back(e.name), groups.push_back(e.group);
  log_info(
      "scores of validation trials; state_r2 and input_r2 by maps fitted to training trials (held out)\n" +
      aligned(model_table(names, columns())));
  if (distinct_groups(groups).size() + 1 < names.size())
    log_info("mean (standard deviation)\n" +
             aligned(group_table(groups, columns(), config_.metrics.confidence)));
}

}  // namespace tsd::compare
