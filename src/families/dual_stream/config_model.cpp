// The numbers that a config stands for.
#include <algorithm>
#include <charconv>

#include "families/dual_stream/config.hpp"

namespace tsd::dual_stream {

std::optional<double> temperature_of(const FastConfig& c) {
  const std::string& text = c.temp_competition;
  double value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

namespace {

float rate(double base, double multiplier) { return static_cast<float>(base * multiplier); }

int fraction_of(int units, double k) { return static_cast<int>(units * k); }  // as Python's int()

bool is_exemplar(FastName name) {
  return name == FastName::exemplar || name == FastName::exemplar_mu || name == FastName::exemplar_kde;
}

// Any number of winners among Gaussians that stand anywhere.
void set_winners(const FastConfig& c, Fast& f) {
  f.kind = FastKind::winners;
  f.N = c.max_nunits.value_or(500);
  f.winners = fraction_of(f.N, c.k.value_or(0.01));
  f.gain = static_cast<float>(c.Phi.value_or(1));
  f.lr_position = static_cast<float>(c.lr_units);
  f.lr_attention = static_cast<float>(c.lr_attn.value_or(0.002));
  f.lr_association = static_cast<float>(c.lr_nn.value_or(0.025));
  f.variance = static_cast<float>(c.attn_weighting);
  f.covariance = Covariance::full;
}

// The other distribution learners, and exemplars.
void set_units(const FastConfig& c, FastName name, Fast& f) {
  const bool several = name == FastName::distr_learner_mu || name == FastName::exemplar_mu;
  const bool exemplars = is_exemplar(name), densities = !exemplars || name == FastName::exemplar_kde;
  f.kind = densities ? FastKind::distribution : FastKind::exemplar;
  f.units = c.max_nunits.value_or(several || exemplars ? 500 : 50);
  f.recruits = several ? fraction_of(f.units, c.k.value_or(0.01)) : 1;
  f.N = (f.units + f.recruits - 1) / f.recruits;
  f.gain = static_cast<float>(c.Phi.value_or(1));
  f.lr_position = exemplars ? 0 : static_cast<float>(c.lr_units);
  f.lr_attention = static_cast<float>(c.lr_attn.value_or(exemplars ? 0.01 : 0.002));
  f.lr_association = static_cast<float>(c.lr_nn.value_or(0.025));
  const bool always = name == FastName::distr_learner_mu || c.unit_recruit_type == "feedback";
  f.recruitment = always ? Recruitment::after_errors : Recruitment::never;
  if (exemplars) f.recruitment = Recruitment::novelty;
  f.novelty = static_cast<float>(c.novelty);
  f.rests_when_full = !exemplars && c.if_full == IfFull::rest;
  f.variance = static_cast<float>(c.attn_weighting);
  f.needs_density = name == FastName::distr_learner_mu;
  f.one_winner = name == FastName::distr_learner_wta;
  f.shared_factor = name == FastName::exemplar_kde && c.attn_type != "pernode";
  f.covariance = exemplars ? Covariance::full : c.covariance;
  if (densities) return;
  f.r = static_cast<float>(c.r);
  f.q_over_r = static_cast<float>(c.p / c.r);
  f.specificity = static_cast<float>(c.c.value_or(6));
  if (!c.attn_type.starts_with("dim")) f.lr_attention = 0;
}

void set_clustering(const FastConfig& c, int items, Fast& f) {
  f.kind = FastKind::clustering;
  f.N = c.max_num_clusters.value_or(items);
  f.gain = static_cast<float>(c.Phi.value_or(10));
  f.lr_position = rate(c.lr_clustering, c.center_lr_multiplier);
  f.lr_attention = rate(c.lr_clustering, c.high_attn_lr_multiplier);
  f.lr_association = rate(c.lr_clustering, c.asso_lr_multiplier);
  f.r = static_cast<float>(c.r);
  f.q_over_r = static_cast<float>(c.q / c.r);
  f.specificity = static_cast<float>(c.specificity);
  f.beta = static_cast<float>(c.beta);
  f.tau = static_cast<float>(c.temp_softwta);
  f.threshold = static_cast<float>(c.thr);
  f.temperature = static_cast<float>(temperature_of(c).value_or(0));
  f.attention_sums_to_one = c.high_attn_constraint == "sumtoone";
}

void set_multiunit(const FastConfig& c, Fast& f) {
  f.kind = FastKind::multiunit;
  f.N = c.n_units;
  f.gain = static_cast<float>(c.phi);
  f.lr_position = static_cast<float>(c.lr_clusters);
  f.lr_attention = static_cast<float>(c.lr_attn.value_or(3));
  f.lr_association = static_cast<float>(c.lr_nn.value_or(0.0035));
  f.r = static_cast<float>(c.r);
  f.q_over_r = static_cast<float>(1 / c.r);
  f.specificity = static_cast<float>(c.c.value_or(0.2));
  f.winners = fraction_of(f.N, c.k.value_or(0.005));
  f.local_attention = c.attn_type.ends_with("local");
  f.lowest_index_first = c.ties == "lowest_index";
}

}  // namespace

float Config::gate(std::int64_t epoch) const {
  double open = 1;
  if (consolidation.anneal_from)
    open = 1 - static_cast<double>(epoch - *consolidation.anneal_from) / consolidation.anneal_epochs;
  return static_cast<float>(consolidation.gate * std::clamp(open, 0.0, 1.0));
}

ModelSpec Config::spec(int D, int K, int items) const {
  const FastConfig& c = fast_config;
  ModelSpec model{{}, {}, loss_fn, D, K};
  const bool counts = single_stream() || honour_momentum;
  Fast& f = model.fast;
  f.D = D;
  f.K = K;
  if (fast == FastName::clustering)
    set_clustering(c, items, f);
  else if (fast == FastName::multiunit_clustering)
    set_multiunit(c, f);
  else if (fast == FastName::distr_learner_wta_mu)
    set_winners(c, f);
  else if (fast != FastName::none && !is_rival())
    set_units(c, fast, f);
  if (counts && f.kind != FastKind::multiunit) f.momentum = static_cast<float>(c.momentum);
  if (slow == SlowName::none) return model;
  Slow& s = model.slow;
  s.sizes.assign(static_cast<std::size_t>(slow_config.networks_depth) + 2, slow_config.n_units);
  s.sizes.front() = D;
  s.sizes.back() = K;
  s.lr = static_cast<float>(slow_config.lr);
  s.dropout = static_cast<float>(slow_config.dropout);
  if (counts) s.momentum = static_cast<float>(slow_config.mom);
  s.wide = s.momentum == 0 && slow_config.n_units >= 48;
  return model;
}

}  // namespace tsd::dual_stream
