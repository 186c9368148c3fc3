// No key is accepted without effect: what was set, but is not read, is refused.
#include <algorithm>
#include <set>
#include <variant>

#include "families/dual_stream/config.hpp"

namespace tsd::dual_stream {

namespace {

using Keys = std::set<std::string>;

// Fields that do not have their default value.
template <class C>
Keys changed(const C& config) {
  C own = config, untouched;
  Schema given, defaults;
  describe(given, own);
  describe(defaults, untouched);
  Keys keys;
  for (std::size_t i = 0; i < given.fields().size(); ++i) {
    const Field& field = given.fields()[i];
    const bool same = std::visit(
        [&](auto* value) { return *value == *std::get<decltype(value)>(defaults.fields()[i].target); },
        field.target);
    if (!same) keys.insert(field.key);
  }
  return keys;
}

Keys read_by(FastName name) {
  static const Keys distribution = {
      "max_nunits", "n_dims", "attn_weighting", "lr_units", "momentum", "unit_recruit_type", "covariance",
      "if_full",    "Phi",    "lr_nn",          "lr_attn"};
  static const Keys exemplar = {"max_nunits", "n_dims", "attn_type", "novelty", "momentum", "r",
                                "p",          "c",      "Phi",       "lr_nn",   "lr_attn"};
  const auto with = [](Keys keys, const char* more) {
    keys.insert(more);
    return keys;
  };
  switch (name) {
    case FastName::none:
    case FastName::first_rival:
      return {};
    case FastName::clustering:
      return {"max_num_clusters",
              "in_features",
              "r",
              "q",
              "specificity",
              "beta",
              "temp_competition",
              "temp_softwta",
              "thr",
              "lr_clustering",
              "center_lr_multiplier",
              "high_attn_lr_multiplier",
              "asso_lr_multiplier",
              "high_attn_constraint",
              "momentum",
              "Phi"};
    case FastName::multiunit_clustering:
      return {"n_units", "n_dims",  "r",           "c",         "phi", "k",
              "lr_nn",   "lr_attn", "lr_clusters", "attn_type", "ties"};
    case FastName::distr_learner:
    case FastName::distr_learner_wta:
      return distribution;
    case FastName::distr_learner_mu: {
      Keys keys = with(distribution, "k");
      keys.erase("unit_recruit_type");
      return keys;
    }
    case FastName::distr_learner_wta_mu: {
      Keys keys = with(distribution, "k");
      for (const char* key : {"unit_recruit_type", "covariance", "if_full"}) keys.erase(key);
      return keys;
    }
    case FastName::exemplar:
      return exemplar;
    case FastName::exemplar_mu:
      return with(exemplar, "k");
    case FastName::exemplar_kde: {
      Keys keys = with(exemplar, "attn_weighting");
      for (const char* key : {"r", "p", "c"}) keys.erase(key);
      return keys;
    }
  }
  return {};
}

void refuse(const std::string& group, const Keys& keys, const std::string& stream, Problems& problems) {
  for (const std::string& key : keys)
    problems.add(group + "." + key, "is not read by " + stream, "no such key", "a value");
}

std::string name_of(FastName fast) {
  for (const auto& [name, value] : fast_names())
    if (value == fast) return name;
  return "";
}

void refuse_rivals(const Config& c, const std::string& name, Problems& problems) {
  for (std::size_t i = 0; i < rivals().size(); ++i)
    for (std::size_t j = 0; j < rivals()[i].parameters.size(); ++j)
      if (!(c.is_rival() && c.rival() == i) && c.rival_parameters[i][j] != rivals()[i].parameters[j].value)
        refuse(rivals()[i].name, {rivals()[i].parameters[j].key}, name, problems);
}

}  // namespace

void check_unread(const Config& c, Problems& problems) {
  const std::string name = (c.fast == FastName::none ? "fast: " : "") + name_of(c.fast);
  Keys fast = changed(c.fast_config);
  for (const std::string& key : read_by(c.fast)) fast.erase(key);
  for (const char* key : {"noise", "lesion"}) fast.erase(key);  // checked to be off
  const bool multiunit = c.fast == FastName::multiunit_clustering;
  if (multiunit && c.fast_config.beta == 1) fast.erase("beta");  // so say the original's files
  refuse("fast_config", fast, name, problems);
  refuse_rivals(c, name, problems);

  Keys slow = c.slow == SlowName::none ? changed(c.slow_config) : Keys();
  for (const char* key : {"input_size", "output_size"}) slow.erase(key);  // compared with the items
  if (multiunit && c.slow_config.n_units == c.fast_config.n_units) slow.erase("n_units");  // recognise()
  refuse("slow_config", slow, "slow: none", problems);

  if (c.resolved_task() != Task::shj && c.problem_types != Config().problem_types)
    problems.add("problem_types", "is not read by this task", "no such key, or task: shj", "a list");
  if (c.procedure != Procedure::epochs && (!c.shuffle || c.order_file))
    problems.add("procedure", "is not read", "epochs where shuffle is false or order_file is given",
                 "nosofsky1994");
  if (c.order_file && !c.shuffle)
    problems.add("order_file", "is not read", "null where shuffle is false", "a file");
}

}  // namespace tsd::dual_stream
