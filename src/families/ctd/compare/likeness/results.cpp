// What likeness and rotations leave in results.h5 (compare.md 7.1, 7.6).
#include "families/ctd/compare/experiment.hpp"
#include "families/ctd/compare/outputs.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::compare {

void CompareExperiment::write_likeness(Hdf5Writer& results) const {
  std::vector<Column> columns;
  for (const auto& [name, value] : kLikenesses) {
    columns.push_back({std::string(name), {}});
    for (const Entry& e : entries_) columns.back().values.push_back(e.assessment.likeness.*value);
    results.dataset("/likeness/" + columns.back().name, columns.back().values,
                    meaning_of("/likeness/<measure>"));
  }
  std::vector<std::string> names;
  for (const Entry& e : entries_) {
    names.push_back(e.name);
    const Likeness& l = e.assessment.likeness;
    if (l.neurons.empty()) continue;
    const std::string place = "/likeness_of/" + e.name + "/", pattern = "/likeness_of/<name>/";
    results.dataset(place + "neuron_r2", l.neurons, meaning_of(pattern + "neuron_r2"));
    results.dataset(place + "component_r2", l.components, meaning_of(pattern + "component_r2"));
    results.dataset(place + "canonical", l.canonical, meaning_of(pattern + "canonical"));
  }
  log_info("likeness of latents and rates, of validation trials\n" + aligned(model_table(names, columns)));
}

void CompareExperiment::write_rotations(Hdf5Writer& results) const {
  for (const Entry& e : entries_)
    for (const RotationsOf& r : e.rotations) {
      const math::Jpca& j = r.found;
      const std::string place = "/jpca/" + e.name + "/" + r.what + "/", pattern = "/jpca/<name>/<what>/";
      const auto write = [&](const std::string& name, const auto& values) {
        results.dataset(place + name, values, meaning_of(pattern + name));
      };
      const auto trials = static_cast<std::int64_t>(spans_.size());
      write("variance_ratio", j.variance_ratio);
      write("frequency", j.frequency);
      write("plane_variance", j.plane_variance);
      write("r2", make_scalar("", j.r2));
      write("r2_free", make_scalar("", j.r2_free));
      write_matrix(results, place + "skew", j.skew, meaning_of(pattern + "skew"));
      write_matrix(results, place + "planes", j.planes, meaning_of(pattern + "planes"));
      write_matrix(results, place + "projected", j.projected,
                   {trials, j.projected.rows / trials, j.projected.columns},
                   meaning_of(pattern + "projected"));
    }
}

}  // namespace tsd::compare
