#include "families/dual_stream/people/nosofsky1994.hpp"

#include <algorithm>
#include <cmath>

namespace tsd::dual_stream {

const std::array<std::array<int, kPeopleBlocks>, 6> kPeopleErrors = {{
    {135, 16, 2},
    {242, 100, 53, 36, 20, 17, 18, 10, 10, 5, 0, 1, 3, 2, 1},
    {294, 183, 143, 93, 52, 50, 40, 21, 15, 10, 12, 6, 5, 8, 6, 8, 5, 4, 6, 2, 3, 0, 2, 3, 1},
    {270, 189, 142, 110, 95, 70, 57, 40, 16, 20, 12, 16, 3},
    {302, 212, 147, 89, 68, 52, 43, 50, 31, 29, 32, 23, 20, 17, 10, 9, 9, 9, 8, 9, 8, 6, 7, 5, 5},
    {319, 218, 182, 157, 139, 123, 123, 113, 110, 82, 89, 75, 66,
     63,  68,  68,  50,  49,  50,  39,  37,  27,  27, 19, 24},
}};

double people_error(int type, int block) {
  return kPeopleErrors[static_cast<std::size_t>(type - 1)][static_cast<std::size_t>(block)] / kAnswersPerCell;
}

namespace {

double log_likelihood(double errors, double p) {
  const double rights = kAnswersPerCell - errors;
  return (errors > 0 ? errors * std::log(p) : 0) + (rights > 0 ? rights * std::log1p(-p) : 0);
}

}  // namespace

Fit fit_to_people(const std::vector<int>& types, const std::vector<std::vector<double>>& error, int blocks) {
  constexpr double kFloor = 1 / (2 * kAnswersPerCell);  // p = 0 makes any error impossible
  Fit fit;
  for (std::size_t i = 0; i < types.size(); ++i)
    for (int b = 0; b < blocks; ++b) {
      const double people = people_error(types[i], b), p = error[i][static_cast<std::size_t>(b)];
      const double errors = people * kAnswersPerCell;
      fit.sse += (p - people) * (p - people);
      fit.g2 += 2 * (log_likelihood(errors, people) -
                     log_likelihood(errors, std::isnan(p) ? p : std::clamp(p, kFloor, 1 - kFloor)));
    }
  fit.rmsd = std::sqrt(fit.sse / static_cast<double>(types.size() * static_cast<std::size_t>(blocks)));
  return fit;
}

}  // namespace tsd::dual_stream
