// What searches for fixed points leave in results.h5 (compare.md 6.3, 7.4).
#include <algorithm>
#include <cmath>

#include "families/ctd/compare/experiment.hpp"
#include "families/ctd/compare/outputs.hpp"
#include "families/ctd/shared/values.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::compare {

namespace {

// Real and imaginary parts side by side.
std::vector<double> parts(const std::vector<std::complex<double>>& values) {
  std::vector<double> all;
  for (const auto& z : values) all.push_back(z.real()), all.push_back(z.imag());
  return all;
}

std::vector<float> singles(const std::vector<double>& values) { return {values.begin(), values.end()}; }

}  // namespace

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
  write("qstar", singles(s.search->q()));
  write("dq", singles(s.search->dq()));
  write("q_final", p.q);
  write("n_iters", s.search->updates());
  write("mean_q", s.mean_q);
  write("n_unstable", p.n_unstable);
  write("unique_index", p.unique);
  std::vector<std::uint8_t> stable;
  for (const std::int64_t k : p.n_unstable) stable.push_back(k == 0);
  write("is_stable", stable);
  write("slow_index", p.slow);
  std::vector<double> speed, time_constants, frequencies;
  for (const double q : p.q) speed.push_back(std::sqrt(2 * q));
  for (const auto& z : p.eigenvalues)
    time_constants.push_back(time_constant(z)), frequencies.push_back(frequency(z));
  write("speed", speed);
  results.dataset<double>(group + "/time_constant", time_constants, {n, D}, meaning("time_constant"));
  results.dataset<double>(group + "/frequency", frequencies, {n, D}, meaning("frequency"));
  results.dataset<double>(group + "/eigval", parts(p.eigenvalues), {n, D, 2}, meaning("eigval"));
  if (!p.jacobians.empty()) {
    results.dataset<float>(group + "/J", p.jacobians, {n, D, D}, meaning("J"));
    results.dataset<double>(group + "/eigvec", parts(p.eigenvectors), {n, D, D, 2}, meaning("eigvec"));
  }
  const bool adam = config_.fixed_points.method == SearchMethod::adam;
  results.attribute(group, "method", adam ? "adam" : "levenberg_marquardt");
  if (adam) results.attribute(group, "lr", config_.fixed_points.lr);
  results.attribute(group, "max_iters", config_.fixed_points.max_iters);
  results.attribute(group, "q_thresh", config_.fixed_points.q_thresh);
  if (s.system.is_coupled()) write_hands(results, group, s);
  write_sets(results, group, s);
  write_match(results, group, s);
}

// Where hands rest, and where they should.
void CompareExperiment::write_hands(Hdf5Writer& results, const std::string& group,
                                    const PointSearch& s) const {
  const FixedPoints& p = *s.found;
  const std::int64_t n = p.x.rows;
  std::vector<double> hands, distances, at_rest;
  for (int i = 0; i < p.x.rows; ++i) {
    const double* hand = p.x.row(i) + s.system.hand();
    hands.insert(hands.end(), {hand[0], hand[1]});
    distances.push_back(std::hypot(hand[0] - s.targets(i, 0), hand[1] - s.targets(i, 1)));
    if (p.unique[static_cast<std::size_t>(i)] >= 0) at_rest.push_back(distances.back());
  }
  const std::string pattern = "/fp/<name>/<input>/";
  results.dataset<double>(group + "/hand", hands, {n, 2}, meaning_of(pattern + "hand"));
  results.dataset<float>(group + "/target", std::span<const float>(s.targets.data(), s.targets.size()),
                         {n, 2}, meaning_of(pattern + "target"));
  results.dataset(group + "/from_target", distances, meaning_of(pattern + "from_target"));
  std::string told = std::to_string(at_rest.size()) + " of " + std::to_string(n) + " searches end at rest";
  if (!at_rest.empty()) {
    const auto middle = at_rest.begin() + std::int64_t(at_rest.size()) / 2;
    std::nth_element(at_rest.begin(), middle, at_rest.end());
    told += ", the hand a median of " + ctd::shown(static_cast<float>(*middle)) + " m from its target";
  }
  log_info("reference, " + s.input + ": " + told);
}

void CompareExperiment::write_sets(Hdf5Writer& results, const std::string& group,
                                   const PointSearch& s) const {
  if (s.sets.empty()) return;
  const auto write = [&](const std::string& name, const auto& get) {
    std::vector<decltype(get(s.sets[0]))> values;
    for (const PointSet& set : s.sets) values.push_back(get(set));
    results.dataset(group + "/sets/" + name, values, meaning_of("/fp/<name>/<input>/sets/" + name));
  };
  std::vector<std::string> kinds;
  std::vector<std::int64_t> set_of(s.found->q.size(), -1);
  std::size_t longest = 0;
  for (std::size_t k = 0; k < s.sets.size(); ++k) {
    kinds.emplace_back(name_of(s.sets[k].kind));
    longest = std::max(longest, s.sets[k].path.size());
    for (const std::int64_t i : s.sets[k].members)
      set_of[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(k);
  }
  std::vector<std::int64_t> paths;
  for (const PointSet& set : s.sets) {
    paths.insert(paths.end(), set.path.begin(), set.path.end());
    paths.resize(paths.size() + longest - set.path.size(), -1);
  }
  const std::string pattern = "/fp/<name>/<input>/sets/";
  results.strings(group + "/sets/kind", kinds, meaning_of(pattern + "kind"));
  results.dataset(group + "/sets/set_of", set_of, meaning_of(pattern + "set_of"));
  results.dataset<std::int64_t>(
      group + "/sets/path", paths,
      {static_cast<std::int64_t>(s.sets.size()), static_cast<std::int64_t>(longest)},
      meaning_of(pattern + "path"));
  write("n_points", [](const PointSet& set) { return static_cast<std::int64_t>(set.members.size()); });
  write("length", [](const PointSet& set) { return set.length; });
  write("along", [](const PointSet& set) { return set.along; });
  write("turned", [](const PointSet& set) { return set.turned; });
  write("across", [](const PointSet& set) { return set.across; });
  write("speed", [](const PointSet& set) { return set.speed; });
  for (const PointSet& set : s.sets)
    if (set.kind == PointSet::Kind::ring || set.kind == PointSet::Kind::line)
      log_info(entries_[static_cast<std::size_t>(s.model)].name + ", " + s.input + ": a " +
               std::string(name_of(set.kind)) + " of " + std::to_string(set.members.size()) +
               " fixed or slow points, " + ctd::shown(static_cast<float>(set.length)) + " long; eigenvalue " +
               ctd::shown(static_cast<float>(set.along)) +
               " along it; of the others the largest has modulus " + ctd::shown(set.across) +
               " (both are means over the path)");
}

// How many fixed points there are at the inputs on the way from one moment to another.
void CompareExperiment::write_way(Hdf5Writer& results, int model) const {
  std::vector<double> part;
  std::vector<std::int64_t> stable, unstable, slow;
  for (const PointSearch& s : points_->searches()) {
    if (s.model != model || !s.input.starts_with("between_")) continue;
    const auto kept = s.found->kept();
    part.push_back(static_cast<double>(part.size()) / (config_.fixed_points.way_points - 1));
    stable.push_back(std::ranges::count_if(
        kept, [&](std::int64_t i) { return s.found->n_unstable[static_cast<std::size_t>(i)] == 0; }));
    unstable.push_back(static_cast<std::int64_t>(kept.size()) - stable.back());
    slow.push_back(static_cast<std::int64_t>(s.found->kept_slow().size()));
  }
  if (part.empty()) return;
  const std::string& name = entries_[static_cast<std::size_t>(model)].name;
  const auto write = [&](const std::string& what, const auto& values) {
    results.dataset("/way/" + name + "/" + what, values, meaning_of("/way/<name>/" + what));
  };
  write("part", part);
  write("n_stable", stable);
  write("n_unstable", unstable);
  write("n_slow", slow);
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

}  // namespace tsd::compare
