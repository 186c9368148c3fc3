// Rotations between the normals of two steps, and whether rotations of another time or of other stimuli do as
// well (nback.md 7.3, 7.4).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const std::vector<std::string> kSwaps = {"rotation of all", "rotation of a later step",
                                         "rotation of other stimuli", "fitted at the step", "not rotated"};

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/procrustes/times", "time", "steps", "steps, from 0"},
      {"/procrustes/<property>/nuclear_norm", "from,to", "",
       "sum of singular values of the product of both sets of normals; at most the number of classes"},
      {"/procrustes/<property>/residual", "from,to", "",
       "squared distance left after the rotation, 2 K - 2 nuclear norm"},
      {"/procrustes/<property>/rank", "from,to", "", "dimensions in which the rotation is determined"},
      {"/procrustes/<property>/n_classes", "", "", "values of the property"},
      {"/procrustes/<property>/reconstructed", "from,to", "fraction",
       "accuracy of rotated normals on held-out states"},
      {"/procrustes/<property>/unrotated", "from,to", "fraction", "accuracy of the normals as they are"},
      {"/procrustes/<property>/fitted", "to", "fraction", "accuracy of the normals of the step itself"},
      {"/procrustes/<property>/null_mean", "from,to", "fraction", "mean accuracy after random rotations"},
      {"/procrustes/<property>/null_sd", "from,to", "fraction", "SD of the accuracy after random rotations"},
      {"/procrustes/swap/kinds", "kind", "", "what is applied to the normals of half of the stimuli"},
      {"/procrustes/swap/accuracy", "from,later,kind", "fraction",
       "accuracy at the next step on that half; rotations of location, from step j to j + 1, or j + k to j + "
       "k + 1; "
       "NaN beyond the last step"},
      {"/procrustes/swap/n_test", "from", "sequences", "held-out sequences of that half"}};
  return rows;
}

// Normals and the standardised held-out states of one step.
struct Step {
  Normals normals;
  Dense test;
  std::vector<int> labels;

  double accuracy(const Dense& weights, const std::vector<int>& classes) const {
    return Answers{labels, nearest(test, unit_rows(weights), classes), 0}.accuracy();
  }
};

// One for each property.
std::vector<Step> steps_at(const Study& study, const Recording& recording, const Context& context,
                           const std::vector<Property>& properties, int t) {
  const Dense train = recording.hidden(context.train, t);
  const Dense test = Standardizer(train)(recording.hidden(context.test, t));
  const NormalsProblem problem(train);
  std::vector<Step> steps;
  for (const Property property : properties)
    steps.push_back({problem.fit(study.training_labels(recording, context, property, t)), test,
                     study.labels(recording, context.test, property, t)});
  return steps;
}

// Rows of the classes that both know.
Dense common_rows(const Normals& normals, const std::vector<int>& classes) {
  Dense rows(static_cast<int>(classes.size()), normals.weights.columns);
  for (int i = 0; i < rows.rows; ++i) {
    const auto at = std::lower_bound(normals.classes.begin(), normals.classes.end(), classes[i]);
    const auto row = normals.weights.span(static_cast<int>(at - normals.classes.begin()));
    std::copy(row.begin(), row.end(), rows.span(i).begin());
  }
  return rows;
}

std::vector<int> common_classes(const Normals& a, const Normals& b) {
  std::vector<int> both;
  std::set_intersection(a.classes.begin(), a.classes.end(), b.classes.begin(), b.classes.end(),
                        std::back_inserter(both));
  return both;
}

// Mean and SD of the accuracy after random rotations of the source's rows.
std::pair<double, double> under_random_rotations(const Alignment& alignment, const Dense& source,
                                                 const std::vector<int>& classes, const Step& to, int draws,
                                                 Philox rng) {
  const Dense inside = alignment.inside(source), test = alignment.seen_from_inside(to.test);
  double sum = 0, squares = 0;
  for (int i = 0; i < draws; ++i) {
    const Dense turned = product(inside, math::Form::plain, alignment.random(rng), math::Form::plain);
    const double accuracy = Answers{to.labels, nearest(test, unit_rows(turned), classes), 0}.accuracy();
    sum += accuracy;
    squares += accuracy * accuracy;
  }
  const double mean = sum / draws;
  return {mean, std::sqrt(std::max(0.0, squares / draws - mean * mean))};
}

// By time, property.
using Steps = std::vector<std::vector<Step>>;

Steps fit_steps(const Study& study, const Recording& recording, const Context& all) {
  const auto times = study.times();
  Steps steps(times.size());
  parallel_for(times.size(), study.threads(), [&](std::size_t k) {
    math::use_threads(1);
    steps[k] = steps_at(study, recording, all, study.properties(), times[k]);
  });
  return steps;
}

void rotate_pairs(const Study& study, const Steps& steps, Hdf5Writer& file) {
  const auto times = study.times();
  const auto properties = study.properties();
  const std::size_t T = times.size();
  const auto extent = static_cast<std::int64_t>(T);
  for (std::size_t p = 0; p < properties.size(); ++p) {
    std::vector<double> nuclear(T * T), residual(nuclear), rank(nuclear), rebuilt(nuclear), as_is(nuclear),
        mean(nuclear), sd(nuclear), fitted(T);
    parallel_for(T * T, study.threads(), [&](std::size_t cell) {
      math::use_threads(1);
      const Step &from = steps[cell / T][p], &to = steps[cell % T][p];
      const auto classes = common_classes(from.normals, to.normals);
      const Dense source = common_rows(from.normals, classes);
      const Alignment alignment(source, common_rows(to.normals, classes));
      nuclear[cell] = alignment.nuclear_norm();
      residual[cell] = alignment.residual();
      rank[cell] = alignment.rank();
      rebuilt[cell] = to.accuracy(alignment(source), classes);
      as_is[cell] = to.accuracy(source, classes);
      if (cell / T == cell % T) fitted[cell % T] = to.accuracy(to.normals.weights, to.normals.classes);
      std::tie(mean[cell], sd[cell]) = under_random_rotations(
          alignment, source, classes, to, study.options().rotations, study.random("rotations"));
    });
    const std::string group = "/procrustes/" + std::string(name_of(properties[p])) + "/";
    const auto put = [&](const char* name, const std::vector<double>& values, const Shape& shape) {
      write(file, outputs(), std::string("/procrustes/<property>/") + name, group + name, values, shape);
    };
    put("nuclear_norm", nuclear, {extent, extent});
    put("residual", residual, {extent, extent});
    put("rank", rank, {extent, extent});
    put("reconstructed", rebuilt, {extent, extent});
    put("unrotated", as_is, {extent, extent});
    put("null_mean", mean, {extent, extent});
    put("null_sd", sd, {extent, extent});
    put("fitted", fitted, {extent});
    put("n_classes", {double(steps[0][p].normals.weights.rows)}, {});
  }
  file.dataset("/procrustes/times", times, tsd::meaning_of(outputs(), "/procrustes/times"));
}

// Which half the object on screen belongs to; independent of all else.
bool in_second_half(const std::string& identity) {
  return std::stoull(sha256(identity).substr(0, 16), nullptr, 16) % 2;
}

Context half_of(const Study& study, const Recording& recording, const Context& all, int t, bool second) {
  Context half{all.name, {}, {}, {}, {}};
  const auto keep = [&](const std::vector<int>& from, std::vector<int>& to) {
    const auto identities = study.labels(recording, from, Property::identity, t);
    for (std::size_t i = 0; i < from.size(); ++i)
      if (in_second_half(study.set().identities[identities[i]]) == second) to.push_back(from[i]);
  };
  keep(all.train, half.train);
  keep(all.test, half.test);
  return half;
}

Normals of_location(const Study& study, const Recording& recording, const Context& context, int t) {
  return l2_svc(recording.hidden(context.train, t),
                study.training_labels(recording, context, Property::location, t));
}

// Of all stimuli, at every step; those of `steps` are there already.
std::vector<Normals> of_location(const Study& study, const Recording& recording, const Context& all,
                                 const Steps& steps) {
  const auto times = study.times();
  const auto properties = study.properties();
  const auto location = std::find(properties.begin(), properties.end(), Property::location);
  std::vector<Normals> pooled(recording.L);
  parallel_for(recording.L, study.threads(), [&](std::size_t t) {
    math::use_threads(1);
    const auto known = std::find(times.begin(), times.end(), static_cast<int>(t));
    if (known != times.end() && location != properties.end())
      pooled[t] = steps[known - times.begin()][location - properties.begin()].normals;
    else
      pooled[t] = of_location(study, recording, all, static_cast<int>(t));
  });
  return pooled;
}

void swap(const Study& study, const Recording& recording, const Context& all, const Steps& steps,
          Hdf5Writer& file) {
  const int L = recording.L;
  const std::int64_t J = L - 1;
  std::vector<double> accuracy(J * J * kSwaps.size(), kNone), tested(J, 0);
  const std::vector<Normals> pooled = of_location(study, recording, all, steps);
  const auto normals = [&](const Context& context, int t) {
    return of_location(study, recording, context, t);
  };
  parallel_for(J, study.threads(), [&](std::size_t step) {
    math::use_threads(1);
    const int j = static_cast<int>(step);
    const Context first = half_of(study, recording, all, j, false),
                  second = half_of(study, recording, all, j, true);
    if (first.train.empty() || second.train.empty() || second.test.empty()) return;
    const Normals here = normals(second, j);
    const Step there = steps_at(study, recording, second, {Property::location}, j + 1)[0];
    const auto rotated = [&](const Normals& from, const Normals& to) {
      return there.accuracy(Alignment(from.weights, to.weights)(here.weights), here.classes);
    };
    tested[j] = static_cast<double>(second.test.size());
    const double of_all = rotated(pooled[j], pooled[j + 1]),
                 of_others = rotated(normals(first, j), normals(first, j + 1)),
                 fitted = there.accuracy(there.normals.weights, there.normals.classes),
                 as_is = there.accuracy(here.weights, here.classes);
    for (int k = 1; j + k + 1 < L; ++k) {
      double* cell = &accuracy[(j * J + k - 1) * kSwaps.size()];
      cell[0] = of_all;
      cell[1] = rotated(pooled[j + k], pooled[j + k + 1]);
      cell[2] = of_others;
      cell[3] = fitted;
      cell[4] = as_is;
    }
  });
  file.strings("/procrustes/swap/kinds", kSwaps, tsd::meaning_of(outputs(), "/procrustes/swap/kinds"));
  write(file, outputs(), "/procrustes/swap/accuracy", "/procrustes/swap/accuracy", accuracy,
        {J, J, static_cast<std::int64_t>(kSwaps.size())});
  write(file, outputs(), "/procrustes/swap/n_test", "/procrustes/swap/n_test", tested, {J});
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "procrustes");
  const Recording recording = study.record();
  const Context all = study.contexts(recording, Contexts::pooled)[0];
  const Steps steps = fit_steps(study, recording, all);
  rotate_pairs(study, steps, file);
  swap(study, recording, all, steps, file);
  study.sign(file, "/procrustes", recording, "L2-SVC");
}

}  // namespace

Analysis procrustes() {
  return {"procrustes", "rotations between the decoders of two steps", outputs(), run};
}

}  // namespace tsd::nback
