#include "families/ctd/compare/likeness/rotations.hpp"

namespace tsd::compare {

math::Jpca rotations(const RotationSettings& settings, const Series& series, const std::vector<Span>& spans) {
  std::vector<float> values;
  for (const Span& s : spans) {
    const float* first = series.row(s.trial * series.steps + s.first);
    values.insert(values.end(), first, first + s.count * series.width);
  }
  return math::jpca({values, static_cast<int>(spans[0].count), series.width},
                    {settings.components, settings.softening, settings.less_mean});
}

}  // namespace tsd::compare
