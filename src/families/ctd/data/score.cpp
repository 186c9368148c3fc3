#include "families/ctd/data/score.hpp"

#include <algorithm>
#include <limits>

#include "tsd/math/ica.hpp"
#include "tsd/math/spikes.hpp"

namespace tsd::ctd_data {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Steps {
  int begin, end;
};

// What counts of [n, T, columns]: those of the steps that are reconstructed, up to each trial's end. `first`
// is the first step there.
std::vector<float> counted(const Recording& recording, Steps steps, const std::vector<float>& all,
                           int columns, int first) {
  const Trials& valid = recording.valid;
  if (all.empty()) return {};
  std::vector<float> some;
  const std::int64_t width = static_cast<std::int64_t>(all.size()) / valid.n;
  for (std::int64_t i = 0; i < valid.n; ++i) {
    const std::int64_t end = recording.padded ? std::min(valid.lengths[index(i)], steps.end) : steps.end;
    const auto row = all.begin() + i * width;
    const auto at = [&](std::int64_t step) { return row + (step - first) * std::int64_t{columns}; };
    if (end > steps.begin) some.insert(some.end(), at(steps.begin), at(end));
  }
  return some;
}

// Of y by the affine map of x that explains most of it.
double affine_r2(std::span<const float> x, int p, std::span<const float> y, int q) {
  const math::Columns from(x, p), to(y, q);
  return errors(regress(from, to), from, to).defined_r2();
}

void score_inputs(const std::vector<float>& inferred, int inferred_width, const std::vector<float>& real,
                  int real_width, bool independent, Scores& s) {
  const math::Columns given(inferred, inferred_width), truth(real, real_width);
  s.input_r2 = errors(regress(given, truth), given, truth).defined_r2();
  const math::DenseD directions = independent ? independent_components(given) : math::DenseD();
  const std::vector<float> components = project(given, directions);
  const math::Columns used = independent ? math::Columns(components, directions.rows) : given;
  if (used.width == 0) return;  // constant inputs have no components
  s.input_r2_to_true = errors(regress(used, truth), used, truth).mean_r2();
  s.input_r2_to_inferred = errors(regress(truth, used), truth, used).mean_r2();
}

}  // namespace

Scores Scores::none() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return {0, nan, nan, nan, nan, nan, nan, nan, nan, nan};
}

Scores scores_of(const ModelSpec& spec, const Recording& recording, const Outputs& outputs,
                 bool independent) {
  const Trials& valid = recording.valid;
  const int N = spec.extents.N_all, N_in = spec.extents.N_in;
  const Steps all_steps{spec.first_step(), spec.extents.T},
      encoded{spec.first_step(), spec.extents.encoded()}, forward{spec.extents.encoded(), spec.extents.T};
  const auto truth = [&](const std::vector<float>& all, int columns, Steps steps) {
    return counted(recording, steps, all, columns, 0);
  };
  const auto output = [&](const std::vector<float>& all, int columns, Steps steps) {
    return counted(recording, steps, all, columns, spec.first_step());
  };
  Scores s = Scores::none();
  if (!valid.rates.empty())
    s.rate_r2 =
        errors(output(outputs.rates, N, all_steps), math::Columns(truth(valid.rates, N, all_steps), N))
            .weighted_r2();
  if (!valid.latents.empty())
    s.state_r2 = affine_r2(truth(valid.latents, recording.true_latents, all_steps), recording.true_latents,
                           output(outputs.latents, spec.latents(), all_steps), spec.latents());
  const int inputs = spec.inferred_inputs() + spec.extents.U;
  if (spec.is_lfads() && inputs > 0 && !valid.true_inputs.empty())
    score_inputs(output(outputs.generator_inputs, inputs, encoded), inputs,
                 truth(valid.true_inputs, recording.true_inputs, encoded), recording.true_inputs, independent,
                 s);
  if (outputs.log_rates.empty()) return s;
  const auto bits = [&](Steps steps, int first, int last) {
    return math::bits_per_spike(output(outputs.rates, N, steps), truth(valid.recon, N, steps), N, first,
                                last);
  };
  s.bps = bits(encoded, 0, N), s.hi_bps = bits(encoded, 0, N_in), s.ho_bps = bits(encoded, N_in, N);
  s.fp_bps = bits(forward, 0, N);
  return s;
}

}  // namespace tsd::ctd_data
