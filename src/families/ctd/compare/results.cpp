// What a finished comparison leaves in results.h5 (compare.md 6.3).
#include <algorithm>
#include <cmath>

#include "families/ctd/compare/experiment.hpp"
#include "families/ctd/compare/outputs.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::compare {

using math::DenseD;

namespace {

template <class T>
void write_matrix(Hdf5Writer& file, const std::string& path, const math::Dense<T>& m,
                  const Meaning& meaning) {
  file.dataset<T>(path, std::span(m.data(), m.size()), {m.rows, m.columns}, meaning);
}

// Real and imaginary parts side by side.
std::vector<double> parts(const std::vector<std::complex<double>>& values) {
  std::vector<double> all;
  for (const auto& z : values) all.push_back(z.real()), all.push_back(z.imag());
  return all;
}

}  // namespace

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

void CompareExperiment::write_fixed_points(Hdf5Writer& results, const PointSearch& s) const {
  const FixedPoints& p = *s.found;
  if (p.x.rows == 0) return;
  const std::string group = "/fp/" + entries_[static_cast<std::size_t>(s.model)].name + "/" + s.input;
  const std::int64_t n = p.x.rows, D = p.x.columns;
  const auto meaning = [](const std::string& name) { return meaning_of("/fp/<name>/<input>/" + name); };
  const auto write = [&](const std::string& name, const auto& values) {
    results.dataset(group + "/" + name, values, meaning(name));
  };
  if (p.inputs.columns > 0) write_matrix(results, group + "/inputs", p.inputs, meaning("inputs"));
  write_matrix(results, group + "/x_init", s.x_init, meaning("x_init"));
  write_matrix(results, group + "/xstar", p.x, meaning("xstar"));
  write("qstar", s.search->q());
  write("dq", s.search->dq());
  write("q_final", p.q);
  write("n_iters", s.search->updates());
  write("mean_q", s.mean_q);
  write("n_unstable", p.n_unstable);
  write("unique_index", p.unique);
  std::vector<std::uint8_t> stable;
  for (const std::int64_t k : p.n_unstable) stable.push_back(k == 0);
  write("is_stable", stable);
  results.dataset<double>(group + "/eigval", parts(p.eigenvalues), {n, D, 2}, meaning("eigval"));
  if (!p.jacobians.empty()) {
    results.dataset<float>(group + "/J", p.jacobians, {n, D, D}, meaning("J"));
    results.dataset<double>(group + "/eigvec", parts(p.eigenvectors), {n, D, D, 2}, meaning("eigvec"));
  }
  results.attribute(group, "lr", config_.fixed_points.lr);
  results.attribute(group, "max_iters", config_.fixed_points.max_iters);
  results.attribute(group, "q_thresh", config_.fixed_points.q_thresh);
  write_match(results, group, s);
}

void CompareExperiment::write_match(Hdf5Writer& results, const std::string& group,
                                    const PointSearch& s) const {
  const PointSearch* reference = points_->of(0, s.like);
  const Alignment& alignment = entries_[static_cast<std::size_t>(s.model)].assessment.alignment;
  if (s.model == 0 || !reference || alignment.intercept.empty()) return;
  const Match m = match(*s.found, alignment, *reference->found, assessor_.components());
  if (m.point.empty()) return;
  const auto write = [&](const std::string& name, const auto& values) {
    results.dataset(group + "/match/" + name, values, meaning_of("/fp/<name>/<input>/match/" + name));
  };
  write("point", m.point);
  write("reference_point", m.reference);
  write("distance", m.distance);
  write("spectrum", m.spectrum);
  write("same_index", m.same_index);
}

void CompareExperiment::write_dsa(Hdf5Writer& results) const {
  const auto& operators = dsa_->operators();
  const auto M = static_cast<std::int64_t>(operators.size());
  std::size_t rank = 0;
  for (const Operator& o : operators) rank = std::max(rank, static_cast<std::size_t>(o.matrix.rows));
  std::vector<double> all(operators.size() * rank * rank, kUndefined),
      variance(operators.size() * rank, kUndefined), bases = all;
  for (std::size_t k = 0; k < operators.size(); ++k) {
    const DenseD& A = operators[k].matrix;
    const auto& v = operators[k].cumulative_variance;
    std::copy_n(v.begin(), std::min(rank, v.size()), variance.begin() + std::ptrdiff_t(k * rank));
    const DenseD C = dsa_->optimises() ? dsa_->basis_to_reference(static_cast<int>(k)) : DenseD();
    for (int i = 0; i < A.rows; ++i) {
      std::copy_n(A.row(i), A.columns, all.begin() + std::ptrdiff_t((k * rank + std::size_t(i)) * rank));
      if (C.rows > 0)
        std::copy_n(C.row(i), C.columns, bases.begin() + std::ptrdiff_t((k * rank + std::size_t(i)) * rank));
    }
  }
  const auto r = static_cast<std::int64_t>(rank);
  write_matrix(results, "/dsa/sims", dsa_->distances(), meaning_of("/dsa/sims"));
  results.dataset<double>("/dsa/A_v", all, {M, r, r}, meaning_of("/dsa/A_v"));
  results.dataset<double>("/dsa/cumulative_variance", variance, {M, r},
                          meaning_of("/dsa/cumulative_variance"));
  if (dsa_->optimises()) {
    write_matrix(results, "/dsa/losses", dsa_->losses(), meaning_of("/dsa/losses"));
    results.dataset<double>("/dsa/C_star", bases, {M, r, r}, meaning_of("/dsa/C_star"));
  }
  if (config_.dsa.split_half)
    results.dataset("/dsa/split_half", make_scalar("", dsa_->split_half()), meaning_of("/dsa/split_half"));
  if (config_.dsa.permutations > 0)
    write_matrix(results, "/dsa/permuted", dsa_->permuted(), meaning_of("/dsa/permuted"));
}

void CompareExperiment::write_dsa_sweep(Hdf5Writer& results) const {
  std::vector<std::int64_t> rank, n_delays;
  std::vector<std::uint8_t> suggested(dsa_sweep_->rows().size());
  for (const SweepRow& r : dsa_sweep_->rows()) {
    rank.push_back(r.rank), n_delays.push_back(r.n_delays);
  }
  suggested[dsa_sweep_->suggested()] = 1;
  const auto write = [&](const std::string& name, const auto& values) {
    results.dataset("/dsa/sweep/" + name, values, meaning_of("/dsa/sweep/" + name));
  };
  write("rank", rank);
  write("n_delays", n_delays);
  train::write(kSweepRows, dsa_sweep_->rows(), 0, "/dsa/sweep", results, "setting");
  write("suggested", suggested);
  const SweepRow& best = dsa_sweep_->rows()[dsa_sweep_->suggested()];
  log_info("dsa: of the settings tried, halves of the reference's trials differ least with dsa.rank=" +
           std::to_string(best.rank) + " dsa.n_delays=" + std::to_string(best.n_delays) +
           ", as a part of the distance to the identity");
}

void CompareExperiment::write_results(Hdf5Writer& results) {
  write_models(results);
  write_groups(results);
  write_alignment(results);
  if (points_)
    for (const PointSearch& s : points_->searches()) write_fixed_points(results, s);
  if (dsa_) write_dsa(results);
  if (dsa_sweep_) write_dsa_sweep(results);
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
