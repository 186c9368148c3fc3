#include "tsd/families/families.hpp"

#include <array>

#include "tsd/families/compare.hpp"
#include "tsd/families/ctd_data.hpp"
#include "tsd/families/ctd_task.hpp"
#include "tsd/families/dual_stream.hpp"
#include "tsd/families/layered.hpp"
#include "tsd/families/microcircuit.hpp"
#include "tsd/families/nback.hpp"
#include "tsd/families/plastic.hpp"

namespace tsd {

std::span<const Family> families() {
  static const std::array all = {
      nback::family(),    microcircuit::family(), plastic::family(),     ctd_task::family(),
      ctd_data::family(), compare::family(),      dual_stream::family(), layered::family(),
  };
  return all;
}

}  // namespace tsd
