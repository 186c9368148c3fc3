// The answers of the network when the state of one step is pushed along decoder normals (nback.md 7.5 5,
// Q14).
#include <algorithm>
#include <cmath>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/geometry.hpp"
#include "families/nback/analysis/study.hpp"

namespace tsd::nback {

namespace {

const std::vector<std::string> kDirections = {"mean of the normals", "normal of the value on screen"};

const std::vector<Output>& outputs() {
  static const std::vector<Output> rows = {
      {"/perturbation/directions", "direction", "", "along what states are moved"},
      {"/perturbation/distance", "distance", "SD",
       "signed distance, in SD of the states along the direction"},
      {"/perturbation/sd", "direction", "", "SD of the states along the direction, mean over values"},
      {"/perturbation/p_mean", "direction,distance,response", "probability",
       "of the answers no_action, non_match, match; mean over trials that were answered with match"},
      {"/perturbation/p_sd", "direction,distance,response", "probability", "SD over these trials"},
      {"/perturbation/n_trials", "", "sequences", "trials answered with match at that step"}};
  return rows;
}

// The classifier of the model on rows of states.
class Readout {
 public:
  explicit Readout(const Arrays& weights) {
    const auto take = [&](const std::string& name) {
      const Array &w = find(weights, name + ".weight", "weights"),
                  &b = find(weights, name + ".bias", "weights");
      Layer layer{Dense(static_cast<int>(w.shape[0]), static_cast<int>(w.shape[1])), {}};
      std::copy(w.as<float>().begin(), w.as<float>().end(), layer.weight.values.begin());
      layer.bias.assign(b.as<float>().begin(), b.as<float>().end());
      layers_.push_back(std::move(layer));
    };
    const auto has = [&](const std::string& name) {
      for (const Array& array : weights)
        if (array.name == name + ".weight") return true;
      return false;
    };
    if (has("classifier")) take("classifier");
    for (int i = 0; has("classifier." + std::to_string(i)); i += 2) take("classifier." + std::to_string(i));
  }

  Dense probabilities(Dense x) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      x = product(x, nn::Form::plain, layers_[l].weight, nn::Form::transposed);
      for (int i = 0; i < x.rows; ++i)
        for (int k = 0; k < x.columns; ++k) {
          x(i, k) += layers_[l].bias[k];
          if (l + 1 < layers_.size()) x(i, k) = std::max(0.0, x(i, k));
        }
    }
    for (int i = 0; i < x.rows; ++i) {
      const auto row = x.span(i);
      const double largest = *std::max_element(row.begin(), row.end());
      double sum = 0;
      for (double& value : row) sum += value = std::exp(value - largest);
      for (double& value : row) value /= sum;
    }
    return x;
  }

 private:
  struct Layer {
    Dense weight;
    std::vector<double> bias;
  };
  std::vector<Layer> layers_;
};

// Normals in the coordinates of the states themselves.
Dense unstandardised(Dense weights, const Standardizer& standardizer) {
  for (int c = 0; c < weights.rows; ++c)
    for (int k = 0; k < weights.columns; ++k) weights(c, k) /= standardizer.sd[k];
  return unit_rows(std::move(weights));
}

double spread(const Dense& x, std::span<const double> direction) {
  double sum = 0, squares = 0;
  for (int i = 0; i < x.rows; ++i) {
    double along = 0;
    for (int k = 0; k < x.columns; ++k) along += x(i, k) * direction[k];
    sum += along / x.rows;
    squares += along * along / x.rows;
  }
  return std::sqrt(std::max(0.0, squares - sum * sum));
}

void run(Experiment& finished, Hdf5Writer& file) {
  const Study study(finished, "perturbation");
  if (!study.answers_the_task()) return;
  const Recording recording = study.record();
  const auto& options = study.options();
  const int t = study.time(options.perturbation_time);
  const Property property = *property_named(options.perturbed_property);
  const Context all = study.contexts(recording, Contexts::pooled)[0];
  const Dense train = recording.hidden(all.train, t);
  const Normals normals = l2_svc(train, study.training_labels(recording, all, property, t));
  const Dense normal = unstandardised(normals.weights, Standardizer(train));
  Dense mean(1, normal.columns);
  for (int c = 0; c < normal.rows; ++c)
    for (int k = 0; k < normal.columns; ++k) mean(0, k) += normal(c, k);
  mean = unit_rows(mean);

  const Readout readout(study.experiment().weights());
  const auto everyone = all.all();
  const Dense states = recording.hidden(everyone, t), before = readout.probabilities(states);
  std::vector<int> trials;  // rows of `states`
  for (int i = 0; i < before.rows; ++i)
    if (before(i, 2) > before(i, 0) && before(i, 2) > before(i, 1)) trials.push_back(i);
  const auto labels = study.labels(recording, everyone, property, t);

  const int D = options.perturbation_points;
  std::vector<double> distance, sd(2), p_mean, p_sd;
  for (int i = 0; i < D; ++i) distance.push_back(options.perturbation_range * (2.0 * i / (D - 1) - 1));
  std::vector<double> scale;  // by value
  for (int c = 0; c < normal.rows; ++c) {
    scale.push_back(spread(states, normal.span(c)));
    sd[1] += scale.back() / normal.rows;
  }
  sd[0] = spread(states, mean.span(0));
  for (int kind = 0; kind < 2; ++kind)
    for (const double delta : distance) {
      Dense moved(static_cast<int>(trials.size()), states.columns);
      for (int r = 0; r < moved.rows; ++r) {
        const int i = trials[r];
        const auto at = std::lower_bound(normals.classes.begin(), normals.classes.end(), labels[i]);
        const int c = static_cast<int>(at - normals.classes.begin());
        const bool known = c < normal.rows;
        const auto direction = kind == 0 ? mean.span(0) : normal.span(known ? c : 0);
        const double length = delta * (kind == 0 ? sd[0] : known ? scale[c] : 0);
        for (int k = 0; k < moved.columns; ++k) moved(r, k) = states(i, k) + length * direction[k];
      }
      const Dense p = readout.probabilities(moved);
      for (int response = 0; response < kResponses; ++response) {
        double sum = 0, squares = 0;
        for (int r = 0; r < p.rows; ++r) {
          sum += p(r, response) / p.rows;
          squares += p(r, response) * p(r, response) / p.rows;
        }
        p_mean.push_back(p.rows > 0 ? sum : std::nan(""));
        p_sd.push_back(p.rows > 0 ? std::sqrt(std::max(0.0, squares - sum * sum)) : std::nan(""));
      }
    }

  const auto put = [&](const char* name, std::span<const double> values, const Shape& shape) {
    const std::string path = std::string("/perturbation/") + name;
    write(file, outputs(), path, path, values, shape);
  };
  file.strings("/perturbation/directions", kDirections,
               tsd::meaning_of(outputs(), "/perturbation/directions"));
  put("distance", distance, {D});
  put("sd", sd, {2});
  put("p_mean", p_mean, {2, D, kResponses});
  put("p_sd", p_sd, {2, D, kResponses});
  const double count = static_cast<double>(trials.size());
  put("n_trials", std::span(&count, 1), {});
  study.sign(file, "/perturbation", recording, "L2-SVC");
  file.attribute("/perturbation", "property", options.perturbed_property);
  file.attribute("/perturbation", "time", static_cast<std::int64_t>(t));
}

}  // namespace

Analysis perturbation() {
  return {"perturbation", "answers after a push of the state along decoder normals", outputs(), run};
}

}  // namespace tsd::nback
