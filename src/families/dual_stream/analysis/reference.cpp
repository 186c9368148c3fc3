#include <algorithm>
#include <cmath>
#include <cstdio>

#include "families/dual_stream/analysis/analyses.hpp"
#include "families/dual_stream/data/npy.hpp"
#include "families/dual_stream/experiment.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::dual_stream {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCompared = 6;  // of the curves: those that the original stores

struct Agreement {
  double first = NAN, largest = NAN, deviations = NAN;
  std::int32_t apart = -2;  // -2: nothing to compare with
};

std::vector<Output> outputs() {
  const std::string curves = "lc_fast, lc_slow, lc_total, loss_fast, loss_slow, loss_total";
  return {
      {"/<problem>/difference_first", "curve", "",
       "largest absolute difference to the published curve in epochs 0 to 2, of " + curves +
           "; NaN: no file"},
      {"/<problem>/difference", "curve", "", "the same over all epochs"},
      {"/<problem>/apart", "curve", "", "first epoch with a difference above 1e-6; -1: none; -2: no file"},
      {"/<problem>/deviations", "curve", "",
       "largest difference in epochs 0, 9, 49, 174 and the last, over the standard error of the "
       "mean of the "
       "runs"},
  };
}

// The folder of published curves that belongs to the run.
fs::path folder_of(const DualStreamExperiment& e) {
  const fs::path ref = *e.config().ref;
  std::string name = e.config().ref_name.empty() ? e.config().config_version : e.config().ref_name;
  if (const auto braces = name.find("{}"); braces != name.npos)
    name.replace(braces, 2, e.context().directory.filename().string());
  return name.empty() || !fs::exists(ref / name) ? ref : ref / name;
}

double standard_error(const std::vector<float>& of_runs) {
  double mean = 0, square = 0;
  const auto n = static_cast<double>(of_runs.size());
  for (const float value : of_runs) mean += value / n;
  for (const float value : of_runs) square += (value - mean) * (value - mean);
  return std::sqrt(square / std::max(1.0, n - 1) / n);
}

Agreement compare(const DualStreamExperiment& e, std::size_t problem, std::size_t c, const fs::path& file) {
  Agreement a;
  if (!fs::exists(file)) return a;
  const auto published = read_npy_curve(file), ours = e.curve(problem, c);
  if (published.size() != ours.size())
    throw DataError(file.string() + ": expected " + std::to_string(ours.size()) + " epochs, got " +
                    std::to_string(published.size()));
  a = {0, 0, 0, -1};
  for (std::size_t epoch = 0; epoch < ours.size(); ++epoch) {
    const double difference = std::abs(ours[epoch] - published[epoch]);
    if (!(difference <= a.largest)) a.largest = difference;
    if (epoch <= 2) a.first = a.largest;
    if (a.apart < 0 && !(difference <= 1e-6)) a.apart = static_cast<std::int32_t>(epoch);
    const bool looked_at =
        epoch == 0 || epoch == 9 || epoch == 49 || epoch == 174 || epoch + 1 == ours.size();
    const double error = standard_error(e.by_run(problem, c, epoch));
    if (looked_at && difference > 1e-6) a.deviations = std::max(a.deviations, difference / error);
  }
  return a;
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& e = run_of(finished);
  if (!e.config().ref)
    log_warning("reference: nothing to compare with; ref=FOLDER names the published curves");
  const bool typed = e.config().resolved_task() == Task::shj;
  for (std::size_t p = 0; p < e.stimuli().problems.size(); ++p) {
    const std::string& name = e.stimuli().problems[p].name;
    std::vector<double> first, largest, deviations;
    std::vector<std::int32_t> apart;
    for (std::size_t c = 0; c < kCompared; ++c) {
      Agreement a;
      if (e.config().ref) {
        const fs::path folder = folder_of(e);
        const std::string stem = std::string(kCurveNames[c]) + (typed ? "_" + name : "");
        a = compare(e, p, c, folder / (stem + ".npy"));
        char line[200];
        std::snprintf(line, sizeof line,
                      "%-22s %-17s epochs 0-2 %8.1e, all %8.1e, apart from %4d, %6.1f s.e.",
                      folder.filename().c_str(), stem.c_str(), a.first, a.largest, a.apart, a.deviations);
        log_info(line);
      }
      first.push_back(a.first);
      largest.push_back(a.largest);
      deviations.push_back(a.deviations);
      apart.push_back(a.apart);
    }
    const auto write = [&](const char* what, const auto& values) {
      results.dataset("/" + name + "/" + what, values,
                      tsd::meaning_of(outputs(), std::string("/<problem>/") + what));
    };
    write("difference_first", first);
    write("difference", largest);
    write("deviations", deviations);
    write("apart", apart);
  }
}

}  // namespace

Analysis reference() {
  return {"reference", "differences to published curves, with ref=FOLDER", outputs(), run};
}

}  // namespace tsd::dual_stream
