#include "tsd/families/families.hpp"

#include <array>

#include "tsd/families/nback.hpp"

namespace tsd {

std::span<const Family> families() {
  static const std::array all = {
      nback::family(),
  };
  return all;
}

}  // namespace tsd
