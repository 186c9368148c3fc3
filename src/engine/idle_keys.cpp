#include "tsd/engine/idle_keys.hpp"

#include "tsd/engine/log.hpp"

namespace tsd {

void tell_idle(const std::vector<std::string>& keys) {
  std::string all;
  for (const std::string& key : keys) all += (all.empty() ? "" : "; ") + key;
  if (!all.empty()) log_info("without effect here: " + all);
}

}  // namespace tsd
