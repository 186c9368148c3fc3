#include "families/microcircuit/model/initial.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace tsd::microcircuit {

namespace {

void draw_gaussians(NumpyLegacy& generator, const Slots& slots, State& state) {
  for (const Slot& slot : slots)
    for (double& value : state[slot]) value = generator.gauss();
}

void draw_uniform(NumpyLegacy& generator, const Range& range, const Slots& slots, State& state) {
  for (const Slot& slot : slots)
    for (double& value : state[slot]) value = generator.uniform(range[0], range[1]);
}

void copy(const Slots& slots, const State& from, State& to) {
  for (const Slot& slot : slots) std::ranges::copy(from[slot], to[slot].begin());
}

}  // namespace

NumpyLegacy stream(Rng rng, std::int64_t seed, std::string_view purpose) {
  NumpyLegacy generator(static_cast<std::uint32_t>(seed));
  if (rng == Rng::fast) {
    std::vector<std::uint32_t> key = {static_cast<std::uint32_t>(seed)};
    for (const char letter : purpose) key.push_back(static_cast<unsigned char>(letter));
    generator.seed(std::span<const std::uint32_t>(key));
  }
  return generator;
}

std::int64_t teacher_seed(Rng rng, std::int64_t first_seed) {
  return stream(rng, first_seed, "teacher").randint(100000, 999999);
}

WeightRanges student_ranges(const Config& c) {
  return {c.init_WPP_range, c.init_WIP_range, c.init_BPP_range, c.init_BPI_range};
}

WeightRanges teacher_ranges(const Config& c) {
  if (!c.facts().teacher_ranges) return student_ranges(c);
  return {c.init_teacher_WPP_range, c.init_teacher_WIP_range, c.init_teacher_BPP_range,
          c.init_teacher_BPI_range};
}

State initial_state(const Circuit& c, const Layout& layout, const WeightRanges& ranges, bool in_sps, Rng rng,
                    std::int64_t seed) {
  State state;
  state.values.resize(layout.size);
  for (const Slots* misalignment : {&layout.epsilon, &layout.epsilon_LO})
    for (const Slot& slot : *misalignment) std::ranges::fill(state[slot], 1);
  NumpyLegacy potentials = stream(rng, seed, "potentials");
  draw_gaussians(potentials, layout.uP, state);
  draw_gaussians(potentials, layout.uI, state);
  NumpyLegacy weights = stream(rng, seed, "weights");
  draw_uniform(weights, ranges.WPP, layout.WPP, state);
  draw_uniform(weights, ranges.WIP, layout.WIP, state);
  draw_uniform(weights, ranges.BPP, layout.BPP, state);
  draw_uniform(weights, ranges.BPI, layout.BPI, state);
  if (c.model == Model::BP) tie(c, layout, state);
  if (in_sps) impose_sps(c, layout, state);
  derive_rates(c, layout, state);
  return state;
}

void tie(const Circuit& c, const Layout& layout, State& state) {
  for (std::size_t l = 1; l + 1 <= static_cast<std::size_t>(c.N); ++l) {
    const auto above = std::as_const(state)[layout.WPP[l + 1]];
    const Slot& B = layout.BPP[l];
    for (std::size_t i = 0; i < B.rows; ++i)
      for (std::size_t j = 0; j < B.columns; ++j) state[B][i * B.columns + j] = above[j * B.rows + i];
  }
}

void derive_rates(const Circuit& c, const Layout& layout, State& state) {
  const Layout::Activity& before_first = state.now(layout);
  for (std::size_t l = 1; l < layout.uP.size(); ++l) {
    const auto rate = [&](Activation f, const Slot& from, const Slot& to) {
      std::ranges::transform(state[from], state[to].begin(), [f](double u) { return phi(f, u); });
    };
    rate(c.phi[l], layout.uP[l], before_first.r[l]);
    if (layout.rHI[l].size() > 0) rate(c.phi[l], layout.uP[l], layout.rHI[l]);
    if (layout.uI[l].size() > 0) rate(c.phi[l + 1], layout.uI[l], before_first.rI[l]);
    for (const auto& to : {layout.ub_next[l], before_first.ub[l]})
      std::ranges::copy(state[layout.uP[l]], state[to].begin());
    for (const auto& to : {layout.ubI_next[l], before_first.ubI[l]})
      std::ranges::copy(state[layout.uI[l]], state[to].begin());
  }
}

void impose_sps(const Circuit& c, const Layout& layout, State& state) {
  for (int l = 1; l < c.N; ++l) {
    const auto at = static_cast<std::size_t>(l);
    std::ranges::transform(state[layout.BPP[at]], state[layout.BPI[at]].begin(), std::negate());
    if (layout.WIP[at].size() == 0) continue;
    const double factor = c.prediction(l + 1) / c.inter_prediction;
    std::ranges::transform(state[layout.WPP[at + 1]], state[layout.WIP[at]].begin(),
                           [factor](double w) { return factor * w; });
  }
}

bool is_self_predicting(const Circuit& c, const Layout& layout, const State& state) {
  State imposed = state;
  impose_sps(c, layout, imposed);
  return std::ranges::all_of(layout.WIP, [&](const Slot& WIP) {
    return std::ranges::equal(std::as_const(imposed)[WIP], state[WIP]);
  });
}

State without_noise(const Layout& layout, State state) {
  for (const auto& activity : layout.activity)
    for (const Slot& xi : activity.xi) std::ranges::fill(state[xi], 0.0);
  return state;
}

void copy_weights(const Layout& layout, const State& from, State& to) {
  for (const Slots* weights : {&layout.WPP, &layout.WIP, &layout.BPP, &layout.BPI}) copy(*weights, from, to);
}

void copy_voltages(const Layout& layout, const State& from, State& to) {
  for (const Slots* potentials : {&layout.uP, &layout.uI, &layout.ub_next, &layout.ubI_next})
    copy(*potentials, from, to);
}

}  // namespace tsd::microcircuit
