// Config files of the original. Those of two streams are nested or, the oldest, flat; those of its packages
// of one stream are flat and do not say which stream it is (dual_stream.md 5).
#include <algorithm>

#include "families/dual_stream/config.hpp"

namespace tsd::dual_stream {

namespace {

bool has_any(const Settings& given, std::initializer_list<const char*> keys) {
  return std::ranges::any_of(keys, [&](const char* key) { return given.contains(key); });
}

bool has_group(const Settings& given, const std::string& group) {
  const auto first = given.lower_bound(group + ".");
  return given.contains(group) || (first != given.end() && first->first.starts_with(group + "."));
}

}  // namespace

std::optional<Settings> recognise(const Settings& given) {
  if (has_any(given, {"fast", "slow"})) return Settings();
  if (has_group(given, "fast_config") || has_group(given, "slow_config")) return std::nullopt;
  const bool network = has_any(given, {"lr_dnn", "networks_depth", "act_func", "mom", "input_size"});
  std::string fast = "none";
  if (has_any(given, {"max_nunits", "attn_weighting", "lr_units", "unit_recruit_type"}))
    fast = given.contains("k") ? "distr_learner_mu" : "distr_learner";
  else if (has_any(given, {"lr_clusters", "lr_clusters_group", "phi", "attn_type"}))
    fast = "multiunit_clustering";
  else if (has_any(given, {"lr_clustering", "specificity", "max_num_clusters", "temp_softwta", "thr"}))
    fast = "clustering";
  if (!network && fast == "none") return std::nullopt;
  Settings unsaid = {{"fast", fast}, {"slow", network ? "dnn" : "none"}};
  if (fast == "multiunit_clustering" && !network && given.contains("n_units"))
    unsaid["fast_config.n_units"] = given.at("n_units");  // the other n_units is the network's
  return unsaid;
}

}  // namespace tsd::dual_stream
