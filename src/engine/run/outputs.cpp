#include <algorithm>
#include <stdexcept>

#include "tsd/engine/experiment.hpp"

namespace tsd {

Meaning meaning_of(const std::vector<Output>& outputs, const std::string& path) {
  const auto row = std::ranges::find(outputs, path, &Output::path);
  if (row == outputs.end()) throw std::logic_error(path + " is not in the table of outputs");
  return row->meaning();
}

}  // namespace tsd
