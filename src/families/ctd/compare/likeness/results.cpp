// What likeness, rotations and demixed components leave in results.h5 (compare.md 7.1, 7.6, 7.7).
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

void CompareExperiment::write_demixed(Hdf5Writer& results) const {
  const std::int64_t conditions = design_.conditions();
  for (std::size_t f = 0; f < design_.values.size(); ++f) {
    std::vector<double> values;
    for (int c = 0; c < conditions; ++c) values.push_back(design_.value(c, f));
    results.dataset("/dpca/condition/" + config_.dpca.factors[f], values,
                    meaning_of("/dpca/condition/<factor>"));
  }
  for (const Entry& e : entries_)
    for (const DemixedOf& d : e.demixed) {
      std::vector<std::string> names;
      std::vector<double> variances;
      const std::string place = "/dpca/" + e.name + "/" + d.what + "/", pattern = "/dpca/<name>/<what>/";
      for (const math::DpcaPart& p : d.parts) {
        names.push_back(name_of(p, config_.dpca)), variances.push_back(p.variance);
        if (p.ratio.empty()) continue;
        const auto write = [&](const char* name, const math::DenseD& m, const Shape& shape) {
          write_matrix(results, place + names.back() + "/" + name, m, shape,
                       meaning_of(pattern + "<part>/" + name));
        };
        write("encoder", p.encoder, {p.encoder.rows, p.encoder.columns});
        write("decoder", p.decoder, {p.decoder.rows, p.decoder.columns});
        write("projected", p.projected, {conditions, p.projected.rows / conditions, p.projected.columns});
        results.dataset(place + names.back() + "/variance_ratio", p.ratio,
                        meaning_of(pattern + "<part>/variance_ratio"));
      }
      if (names.empty()) continue;
      results.strings(place + "part", names, meaning_of(pattern + "part"));
      results.dataset(place + "variance_ratio", variances, meaning_of(pattern + "variance_ratio"));
    }
}

}  // namespace tsd::compare
