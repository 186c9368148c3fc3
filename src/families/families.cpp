#include "tsd/families/families.hpp"

#include <array>

#include "tsd/families/microcircuit.hpp"
#include "tsd/families/nback.hpp"

namespace tsd {

std::span<const Family> families() {
  static const std::array all = {
      nback::family(),
      microcircuit::family(),
  };
  return all;
}

}  // namespace tsd
