// How orthogonal the normals of a property's values are, in the perceptual input and in the states
// (nback.md 7.2).
#include <algorithm>
#include <cmath>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/geometry.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/nn/matrix.hpp"

namespace tsd::nback {

namespace {

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/orthogonalization/contexts", "context", "", "sequences that are analysed together"},
      {"/orthogonalization/properties", "property", "", "properties"},
      {"/orthogonalization/encoding", "context,property", "",
       "1 - mean absolute cosine between the normals of two values, in the states"},
      {"/orthogonalization/perceptual", "context,property", "", "the same in the perceptual input"},
      {"/orthogonalization/n_classes", "context,property", "", "values of the property"},
      {"/orthogonalization/null_random", "context,property", "",
       "expected for independent random directions"},
      {"/orthogonalization/null_random_sd", "context,property", "", "SD over sets of random directions"},
      {"/orthogonalization/null_simplex", "context,property", "", "for the corners of a symmetric simplex"},
      {"/orthogonalization/<property>/cosine", "context,value,value", "",
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

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "orthogonalization");
  const Recording recording = study.record();
  const auto contexts = study.contexts(recording, study.contexts_kind());
  const auto properties = study.properties();
  const int t = study.time(study.options().time);
  const std::size_t P = properties.size(), cells = contexts.size() * P;
  std::vector<Normals> encoding(cells);
  std::vector<double> O(cells), perceptual(cells), classes(cells), random(cells), random_sd(cells),
      simplex(cells);
  parallel_for(cells, study.threads(), [&](std::size_t cell) {
    nn::use_threads(1);
    const Context& context = contexts[cell / P];
    const auto labels = study.training_labels(recording, context, properties[cell % P], t);
    encoding[cell] = l2_svc(recording.hidden(context.train, t), labels);
    const int K = encoding[cell].weights.rows;
    O[cell] = orthogonalization(encoding[cell].weights);
    perceptual[cell] = orthogonalization(l2_svc(recording.cnn(context.train, t), labels).weights);
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
