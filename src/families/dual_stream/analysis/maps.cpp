#include <algorithm>

#include "families/dual_stream/analysis/analyses.hpp"
#include "families/dual_stream/experiment.hpp"
#include "tsd/engine/run/log.hpp"

namespace tsd::dual_stream {

namespace {

std::vector<Output> outputs() {
  std::vector<Output> all = {{"/axis", "point", "", "values of both features at which was asked"}};
  for (const char* stream : {"fast", "slow", "total"})
    all.push_back(
        {std::string("/<problem>/map_") + stream, "first feature,second feature", "probability",
         std::string("p(class 0), mean over runs, ") +
             (std::string(stream) == "total" ? "both streams but a lesioned one" : "this stream alone")});
  return all;
}

// 0 to 1, or as far as the items go where some are beyond, in `points` steps.
std::vector<double> axis_of(const std::vector<float>& x, int points) {
  const auto [least, largest] = std::ranges::minmax(x);
  const double margin = least < 0 || largest > 1 ? 0.05 * static_cast<double>(largest - least) : 0;
  const double low = std::min(0.0, static_cast<double>(least) - margin);
  const double high = std::max(1.0, static_cast<double>(largest) + margin);
  std::vector<double> axis;
  for (int i = 0; i < points; ++i) axis.push_back(low + (high - low) * static_cast<double>(i) / (points - 1));
  return axis;
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& e = run_of(finished);
  if (e.model().D != 2)
    return log_warning("maps: items have " + std::to_string(e.model().D) + " features, not 2; no map");
  const int points = e.config().map_points == 0 ? 101 : e.config().map_points;
  const auto axis = axis_of(e.stimuli().x, points);
  results.dataset("/axis", axis, tsd::meaning_of(outputs(), "/axis"));
  std::vector<float> x;
  for (const double first : axis)
    for (const double second : axis) {
      x.push_back(static_cast<float>(first));
      x.push_back(static_cast<float>(second));
    }
  const std::vector<std::int32_t> label(x.size() / 2, 0);  // the probability of error is then 1 - p(class 0)
  const std::size_t width = values_per_trial(e.model().K);
  for (std::size_t p = 0; p < e.stimuli().problems.size(); ++p) {
    const auto answers = e.ask(p, x, label);
    for (const std::size_t c : {lc_fast, lc_slow, lc_total}) {
      std::vector<double> map(label.size());
      for (const Outcome& outcome : answers)
        for (std::size_t i = 0; i < map.size(); ++i)
          map[i] += (1 - outcome.values[i * width + c]) / static_cast<double>(answers.size());
      const std::string name = std::string("map_") + (kCurveNames[c] + 3);
      results.dataset<double>("/" + e.stimuli().problems[p].name + "/" + name, map, {points, points},
                              tsd::meaning_of(outputs(), "/<problem>/" + name));
    }
  }
}

}  // namespace

Analysis maps() {
  return {"maps", "p(class 0) over the plane of two features, of each stream and of their sum", outputs(),
          run};
}

}  // namespace tsd::dual_stream
