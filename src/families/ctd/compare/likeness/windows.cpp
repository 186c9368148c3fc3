#include "families/ctd/compare/likeness/windows.hpp"

#include <algorithm>

#include "families/ctd/compare/fixed_points/starts.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {

std::vector<Span> spans_of(const WindowSettings& settings, const Reference& r, const std::string& part) {
  Moment moment{settings.task, {}};
  if (settings.phase) moment.phases = {*settings.phase};
  std::vector<Span> all;
  for (const auto& [trial, first] : beginnings(r, moment)) {
    const std::int64_t begin = first + settings.begin,
                       left = r.val_lengths[static_cast<std::size_t>(trial)] - begin;
    if (left >= settings.steps.value_or(1)) all.push_back({trial, begin, settings.steps.value_or(left)});
  }
  std::int64_t shared = r.val_latents.steps;
  for (const Span& s : all) shared = std::min(shared, s.count);
  for (Span& s : all) s.count = shared;
  constexpr std::int64_t kLeast = 3;  // two changes
  if (all.size() < 2 || shared < kLeast)
    throw DataError(r.source + ": " + part + ": expected at least 2 validation trials with " +
                    std::to_string(settings.steps.value_or(kLeast)) + " steps from step " +
                    std::to_string(settings.begin) + " of " + settings.phase.value_or("the trial") +
                    ", got " + std::to_string(all.size()) + " trials" +
                    (all.empty() ? "" : " of which the shortest has " + std::to_string(shared)) +
                    "; change " + part + ".begin or " + part + ".steps");
  return all;
}

}  // namespace tsd::compare
