// Two runs: differences of what their analyses found (nback.md 7.6, 7.8).
#include <algorithm>
#include <cmath>
#include <limits>

#include "families/nback/analysis/analyses.hpp"
#include "families/nback/analysis/measures/similarity.hpp"
#include "families/nback/analysis/study.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {

namespace {

// What is subtracted: file, group of the measures, measures.
struct Compared {
  const char *file, *group;
  std::vector<std::string> measures;
};
const std::vector<Compared>& compared() {
  static const std::vector<Compared> all = {
      {"behaviour", "/behaviour", {"accuracy"}},
      {"task_relevance", "/task_relevance", {"accuracy", "normalised", "margin"}},
      {"orthogonalization", "/orthogonalization", {"encoding", "perceptual"}},
      {"gate_suppression", "/gate_suppression", {"index", "correlation"}}};
  return all;
}
const std::vector<std::string> kBootstrapped = {"magnitude", "participation_ratio", "sparsity", "fano",
                                                "cv2"};

std::vector<Output> outputs() {
  std::vector<Output> rows;
  const std::string less = ", this run less the other";
  for (const char* path : {"behaviour/accuracy"})
    rows.push_back({std::string("/compare/") + path, "set,task,level", "",
                    std::string("accuracy on executive steps") + less});
  for (const char* name : {"accuracy", "normalised"})
    rows.push_back(
        {std::string("/compare/task_relevance/") + name, "task,property", "", std::string(name) + less});
  rows.push_back({"/compare/task_relevance/margin", "task", "", "relevance margin" + less});
  for (const char* name : {"encoding", "perceptual"})
    rows.push_back({std::string("/compare/orthogonalization/") + name, "context,property", "",
                    std::string("orthogonalisation") + less});
  for (const char* name : {"index", "correlation"})
    rows.push_back(
        {std::string("/compare/gate_suppression/") + name, "context", "", std::string(name) + less});
  for (const std::string& name : kBootstrapped) {
    rows.push_back({"/compare/efficiency/" + name + "/difference", "context", "", name + less});
    rows.push_back({"/compare/efficiency/" + name + "/ci_low", "context", "",
                    "2.5 % bootstrap percentile of the difference"});
    rows.push_back({"/compare/efficiency/" + name + "/ci_high", "context", "",
                    "97.5 % bootstrap percentile of the difference"});
    rows.push_back(
        {"/compare/efficiency/" + name + "/p", "context", "probability",
         "two-sided: twice the share of resampled differences on the rarer side of 0, and one more"});
  }
  rows.push_back({"/compare/similarity/contexts", "context", "", "task, or task and n, that both were told"});
  rows.push_back({"/compare/similarity/cka", "context,time", "",
                  "linear CKA of both runs' states on the same sequences"});
  rows.push_back(
      {"/compare/similarity/rsa", "context,time", "", "rank correlation of their dissimilarities"});
  rows.push_back({"/compare/matched_epochs", "run", "",
                  "epochs of this run and the other with the nearest selection metric"});
  return rows;
}

std::vector<double> numbers(const Hdf5Reader& file, const std::string& path, Shape* shape = nullptr) {
  const Array array = file.dataset(path);
  if (shape) *shape = array.shape;
  const auto values = array.as<double>();
  return {values.begin(), values.end()};
}

std::vector<double> difference(const Hdf5Reader& a, const Hdf5Reader& b, const std::string& path,
                               Shape& shape, const std::string& other) {
  Shape there;
  auto values = numbers(a, path, &shape);
  const auto subtracted = numbers(b, path, &there);
  if (shape != there)
    throw DataError(other + ": " + path + ": expected shape " + to_string(shape) + ", got " +
                    to_string(there));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= subtracted[i];
  return values;
}

// Both runs' resamples are independent: their differences, in order, are those of independent resampling.
void bootstrapped(const Hdf5Reader& a, const Hdf5Reader& b, const std::string& name, const std::string& other,
                  Hdf5Writer& file) {
  Shape shape, wide;
  const std::string path = "/efficiency/" + name;
  const auto value = difference(a, b, path + "/value", shape, other);
  const auto resampled = difference(a, b, path + "/resamples", wide, other);
  const auto R = static_cast<std::size_t>(wide[1]);
  std::vector<double> low, high, p;
  for (std::size_t c = 0; c < value.size(); ++c) {
    const std::vector<double> row(resampled.begin() + static_cast<std::ptrdiff_t>(c * R),
                                  resampled.begin() + static_cast<std::ptrdiff_t>((c + 1) * R));
    const Interval interval = percentiles(row);
    low.push_back(interval.low);
    high.push_back(interval.high);
    const auto below =
        static_cast<double>(std::count_if(row.begin(), row.end(), [](double d) { return d < 0; }));
    p.push_back(std::min(1.0, 2 * (std::min(below, double(R) - below) + 1) / double(R + 1)));
  }
  const auto rows = outputs();
  const std::string group = "/compare/efficiency/" + name;
  write(file, rows, group + "/difference", group + "/difference", value, shape);
  write(file, rows, group + "/ci_low", group + "/ci_low", low, shape);
  write(file, rows, group + "/ci_high", group + "/ci_high", high, shape);
  write(file, rows, group + "/p", group + "/p", p, shape);
}

// Both runs' states [context, time, sequence, unit] on sequences that must be the same.
void similarity_of(const Hdf5Reader& a, const Hdf5Reader& b, const std::string& other, Hdf5Writer& file) {
  const auto contexts = a.strings("/similarity/contexts");
  const Array shown = a.dataset("/similarity/stimulus"), shown_there = b.dataset("/similarity/stimulus");
  if (contexts != b.strings("/similarity/contexts") || shown.shape != shown_there.shape ||
      shown.bytes != shown_there.bytes)
    throw DataError(
        other + ": similarity.h5: /similarity/stimulus: expected the tasks and sequences of this " +
        "run's similarity.h5, got others; runs and analyses must agree in stimuli, tasks and split");
  const Array ours = a.dataset("/similarity/hidden"), theirs = b.dataset("/similarity/hidden");
  const auto likeness = [](const Array& hidden, std::int64_t i) {
    Dense states(static_cast<int>(hidden.shape[2]), static_cast<int>(hidden.shape[3]));
    std::copy_n(hidden.as<float>().begin() + i * static_cast<std::ptrdiff_t>(states.size()), states.size(),
                states.values.begin());
    return Likeness(states);
  };
  const Shape shape = {ours.shape[0], ours.shape[1]};
  std::vector<double> ckas, rsas;
  for (std::int64_t i = 0; i < shape[0] * shape[1]; ++i) {
    const Likeness x = likeness(ours, i), y = likeness(theirs, i);
    ckas.push_back(cka(x, y));
    rsas.push_back(rsa(x, y));
  }
  const auto rows = outputs();
  file.strings("/compare/similarity/contexts", contexts,
               tsd::meaning_of(rows, "/compare/similarity/contexts"));
  write(file, rows, "/compare/similarity/cka", "/compare/similarity/cka", ckas, shape);
  write(file, rows, "/compare/similarity/rsa", "/compare/similarity/rsa", rsas, shape);
}

std::vector<double> curve(const std::filesystem::path& run, const std::string& metric) {
  const Hdf5Reader results(run / "results.h5");
  if (!metric.starts_with("val_")) return numbers(results, "/train/" + metric);
  const auto end = metric.find("_acc");
  return numbers(results, "/train/" + metric.substr(0, end) + "/" + metric.substr(end + 1));
}

std::vector<std::int32_t> matched_epochs(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<std::int32_t> best = {1, 1};
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      if (const double distance = std::abs(a[i] - b[j]); distance < least) {
        least = distance;
        best = {static_cast<std::int32_t>(i + 1), static_cast<std::int32_t>(j + 1)};
      }
  return best;
}

void run(Experiment& finished, Hdf5Writer& file) {
  const auto& experiment = dynamic_cast<NbackExperiment&>(finished);
  const auto& against = experiment.config().analysis.against;
  if (!against) return log_info("compare: analysis.against names no other run; nothing to compare with");
  const std::filesystem::path here = experiment.context().directory, there = *against;
  const auto rows = outputs();
  const auto both = [&](const std::string& name) {
    if (std::filesystem::exists(here / (name + ".h5")) && std::filesystem::exists(there / (name + ".h5")))
      return true;
    log_info("compare: " + name + ".h5 is not in both runs; tsd analyze --only " + name + " makes it");
    return false;
  };
  for (const Compared& item : compared()) {
    if (!both(item.file)) continue;
    const Hdf5Reader a(here / (std::string(item.file) + ".h5")), b(there / (std::string(item.file) + ".h5"));
    for (const std::string& measure : item.measures) {
      const std::string path = std::string(item.group) + "/" + measure;
      if (!a.exists(path) || !b.exists(path)) continue;
      Shape shape;
      const auto values = difference(a, b, path, shape, against->c_str());
      write(file, rows, "/compare" + path, "/compare" + path, values, shape);
    }
  }
  if (both("efficiency")) {
    const Hdf5Reader a(here / "efficiency.h5"), b(there / "efficiency.h5");
    for (const std::string& name : kBootstrapped) bootstrapped(a, b, name, *against, file);
  }
  if (both("similarity"))
    similarity_of(Hdf5Reader(here / "similarity.h5"), Hdf5Reader(there / "similarity.h5"), *against, file);
  const std::string metric = experiment.config().selection_metric;
  file.dataset("/compare/matched_epochs", matched_epochs(curve(here, metric), curve(there, metric)),
               tsd::meaning_of(rows, "/compare/matched_epochs"));
  file.attribute("/compare", "against", *against);
  file.attribute("/compare", "metric", metric);
}

}  // namespace

Analysis compare() { return {"compare", "differences to another run's analyses", outputs(), run}; }

}  // namespace tsd::nback
