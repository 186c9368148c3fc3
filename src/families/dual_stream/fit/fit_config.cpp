#include "families/dual_stream/fit/fit_config.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::dual_stream {

bool FitConfig::is_linear(std::size_t p) const {
  return std::ranges::find(linear, parameters[p]) != linear.end();
}

double FitConfig::value(std::size_t p, double place) const {
  place = std::clamp(place, 0.0, 1.0);
  if (is_linear(p)) return low[p] + place * (high[p] - low[p]);
  return std::exp(std::log(low[p]) + place * (std::log(high[p]) - std::log(low[p])));
}

double FitConfig::place(std::size_t p, double value) const {
  const double all = is_linear(p) ? (value - low[p]) / (high[p] - low[p])
                                  : std::log(value / low[p]) / std::log(high[p] / low[p]);
  return std::isfinite(all) ? std::clamp(all, 0.0, 1.0) : 0.5;
}

void describe(Schema& s, FitConfig& c) {
  s.field("parameters", c.parameters,
          "key paths of the numbers that are fitted, e.g. slow_config.lr; none: nothing is fitted");
  s.field("low", c.low, "least value of each");
  s.field("high", c.high, "largest value of each");
  s.field("linear", c.linear, "those of them that are searched as they are; the others by their logarithm");
  s.field(
       "target", c.target,
       "what is fitted: learning curves or single answers (CSV, HDF5), or results.h5 of a run; null: people's "
       "errors on the six problems")
      .must_exist();
  s.choice("measure", c.measure, {{"rmsd", Measure::rmsd}, {"likelihood", Measure::likelihood}},
           "of curves: squared differences, or binomial; of single answers: likelihood only");
  s.field("starts", c.starts, "searches, each from a place of its own").range(1, 1000);
  s.field("evaluations", c.evaluations, "models that each search may try").range(2, 1e6);
  s.field("bootstrap", c.bootstrap,
          "resamples of the target that are fitted anew around the best point, for intervals; 0: none")
      .range(0, 10000);
  s.field("individual", c.individual,
          "of single answers: parameters of each participant, not of all together");
  s.field("profile", c.profile,
          "95 % intervals by the profile of the likelihood: each parameter held, the others fitted anew");
}

}  // namespace tsd::dual_stream
