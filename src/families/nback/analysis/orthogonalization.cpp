// How orthogonal the normals of a property's values are, in the perceptual input and in the states
// (nback.md 7.2).
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/math/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/orthogonalization/contexts", "context", "", "sequences that are analysed together"},
      {"/orthogonalization/properties", "property", "", "properties"},
      {"/orthogonalization/encoding", "context,property", "",
       "1 - mean absolute cosine between the normals of two values, in the states"},
      {"/orthogonalization/perceptual", "context,property", "", "the same in the perceptual input"},
      {"/orthogonalization/<index>_ci_low", "context,property", "",
       "2.5 % bootstrap percentile of encoding, of perceptual, or of encoding - perceptual (difference); "
       "sequences resampled and normals fitted again; NaN without resamples"},
      {"/orthogonalization/<index>_ci_high", "context,property", "", "97.5 % bootstrap percentile"},
      {"/orthogonalization/n_classes", "context,property", "", "values of the property"},
      {"/orthogonalization/null_random", "context,property", "",
       "expected for independent random directions"},
      {"/orthogonalization/null_random_sd", "context,property", "", "SD over sets of random directions"},
      {"/orthogonalization/null_simplex", "context,property", "", "for the corners of a symmetric simplex"},
      {"/orthogonalization/<property>/cosine", "context,value,other value", "",
       "cosines between the normals in the states; NaN where a value does not occur"}};
  return rows;
}

double spread_of_random(int K, int d, int draws, Philox rng) {
  double sum = 0, squares = 0;
  for (int i = 0; i < draws; ++i) {
    const double value = orthogonalization(random_directions(K, d, rng));
    sum += value;
    squares += value * value;
  }
  return std::sqrt(std::max(0.0, squares / draws - (sum / draws) * (sum / draws)));
}

struct Indices {
  double encoding = 0, perceptual = 0;
};

// Of sequences that may come more than once.
Indices indices_of(const Recording& recording, std::span<const int> chosen, const std::vector<int>& labels,
                   int t) {
  return {orthogonalization(l2_svc(recording.hidden(chosen, t), labels).weights),
          orthogonalization(l2_svc(recording.cnn(chosen, t), labels).weights)};
}

// Intervals of encoding, perceptual and their difference. A resample of a single value has no normals, and is
// drawn again.
std::array<Interval, 3> bootstrap(const Study& study, const Recording& recording, const Context& context,
                                  Property property, int t) {
  Philox rng = study.random("orthogonalization " + context.name + " " + std::string(name_of(property)));
  std::array<std::vector<double>, 3> values;
  const auto wanted = static_cast<std::size_t>(study.options().orthogonalization_resamples);
  while (values[0].size() < wanted) {
    std::vector<int> drawn;
    for (std::size_t i = 0; i < context.train.size(); ++i)
      drawn.push_back(context.train[rng.below(context.train.size())]);
    const auto labels = study.labels(recording, drawn, property, t);
    if (classes_of(labels).size() < 2) continue;
    const Indices indices = indices_of(recording, drawn, labels, t);
    values[0].push_back(indices.encoding);
    values[1].push_back(indices.perceptual);
    values[2].push_back(indices.encoding - indices.perceptual);
  }
  return {percentiles(values[0]), percentiles(values[1]), percentiles(values[2])};
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "orthogonalization");
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, study.contexts_kind());
  const auto properties = study.properties();
  const int t = study.time(study.options().time);
  const std::size_t P = properties.size(), cells = contexts.size() * P;
  std::vector<Normals> encoding(cells);
  std::vector<std::array<Interval, 3>> intervals(cells);
  std::vector<double> O(cells), perceptual(cells), classes(cells), random(cells), random_sd(cells),
      simplex(cells);
  parallel_for(cells, study.threads(), [&](std::size_t cell) {
    math::use_threads(1);
    const Context& context = contexts[cell / P];
    const auto labels = study.training_labels(recording, context, properties[cell % P], t);
    encoding[cell] = l2_svc(recording.hidden(context.train, t), labels);
    const int K = encoding[cell].weights.rows;
    O[cell] = orthogonalization(encoding[cell].weights);
    perceptual[cell] = orthogonalization(l2_svc(recording.cnn(context.train, t), labels).weights);
    intervals[cell] = bootstrap(study, recording, context, properties[cell % P], t);
    classes[cell] = K;
    random[cell] = random_orthogonalization(recording.H);
    random_sd[cell] = spread_of_random(K, recording.H, study.options().rotations, study.random("directions"));
    simplex[cell] = simplex_orthogonalization(K);
  });

  std::vector<std::string> names;
  for (const auto& context : contexts) names.push_back(context.name);
  file.strings("/orthogonalization/contexts", names,
               tsd::meaning_of(outputs(), "/orthogonalization/contexts"));
  file.strings("/orthogonalization/properties", study.options().properties,
               tsd::meaning_of(outputs(), "/orthogonalization/properties"));
  const Shape shape = {static_cast<std::int64_t>(contexts.size()), static_cast<std::int64_t>(P)};
  const auto put = [&](const char* name, const std::vector<double>& values) {
    const std::string path = std::string("/orthogonalization/") + name;
    write(file, outputs(), path, path, values, shape);
  };
  put("encoding", O);
  put("perceptual", perceptual);
  put("n_classes", classes);
  put("null_random", random);
  put("null_random_sd", random_sd);
  put("null_simplex", simplex);
  const char* indices[] = {"encoding", "perceptual", "difference"};
  for (std::size_t k = 0; k < std::size(indices); ++k) {
    std::vector<double> low, high;
    for (const auto& one : intervals) low.push_back(one[k].low), high.push_back(one[k].high);
    const std::string path = "/orthogonalization/", index = indices[k];
    write(file, outputs(), path + "<index>_ci_low", path + index + "_ci_low", low, shape);
    write(file, outputs(), path + "<index>_ci_high", path + index + "_ci_high", high, shape);
  }
  for (std::size_t p = 0; p < P; ++p) {
    const auto K = static_cast<std::int64_t>(study.values(properties[p]));
    std::vector<double> cosine(contexts.size() * K * K, std::nan(""));
    for (std::size_t c = 0; c < contexts.size(); ++c) {
      const Normals& normals = encoding[c * P + p];
      const Dense cos = cosines(normals.weights);
      for (int i = 0; i < cos.rows; ++i)
        for (int j = 0; j < cos.rows; ++j)
          cosine[(c * K + normals.classes[i]) * K + normals.classes[j]] = cos(i, j);
    }
    write(file, outputs(), "/orthogonalization/<property>/cosine",
          "/orthogonalization/" + std::string(name_of(properties[p])) + "/cosine", cosine, {shape[0], K, K});
  }
  study.sign(file, "/orthogonalization", recording, "L2-SVC");
  file.attribute("/orthogonalization", "time", static_cast<std::int64_t>(t));
}

}  // namespace

Analysis orthogonalization() {
  return {"orthogonalization",
          "how orthogonal the decoders of a property's values are, before and after the network", outputs(),
          run};
}

}  // namespace tsd::nback
