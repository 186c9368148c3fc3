// How much of a model is the reference (compare.md 7.1).
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "families/ctd/compare/models.hpp"
#include "tsd/math/regression.hpp"

namespace tsd::compare {

using math::Columns, math::Components, math::Regression;

inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// How much of the latents the read-out sees, by a regression from latents to log-rates.
struct Cycle {
  double r2 = kUndefined;
  int n_components = 0;
  std::vector<double> singular_values;
};
Cycle cycle_consistency(const Columns& train_latents, const Columns& train_log_rates,
                        const Columns& val_latents, double left_out);

struct Scores {
  double rate_r2 = kUndefined, state_r2 = kUndefined, input_r2 = kUndefined, input_r2_reverse = kUndefined,
         co_bps = kUndefined, co_bps_heldout = kUndefined, cycle_con = kUndefined, performance = kUndefined;
};

struct ScoreName {
  std::string_view name;
  double Scores::*value;
};
inline constexpr std::array kScores = {
    ScoreName{"rate_r2", &Scores::rate_r2},     ScoreName{"state_r2", &Scores::state_r2},
    ScoreName{"input_r2", &Scores::input_r2},   ScoreName{"input_r2_reverse", &Scores::input_r2_reverse},
    ScoreName{"co_bps", &Scores::co_bps},       ScoreName{"co_bps_heldout", &Scores::co_bps_heldout},
    ScoreName{"cycle_con", &Scores::cycle_con}, ScoreName{"performance", &Scores::performance}};

// A model's affine map to the reference's principal components, fitted to validation trials.
struct Alignment {
  math::DenseD coefficients;  // [component, unit]
  std::vector<double> intercept;
};

// Likeness of latents whatever their coordinates, and of each neuron's rates and each of the reference's components,
// val; of the reference itself the best.
struct Likeness {
  double cka = kUndefined, procrustes = kUndefined, cca = kUndefined;  // cca: mean correlation
  double neuron_r2 = kUndefined, component_r2 = kUndefined;  // means; of components weighted by variance
  double co_bps_normalised = kUndefined;                     // true rates have 1
  std::vector<double> neurons, components, canonical;
};

struct LikenessName {
  std::string_view name;
  double Likeness::*value;
};
inline constexpr std::array kLikenesses = {LikenessName{"cka", &Likeness::cka},
                                           LikenessName{"procrustes", &Likeness::procrustes},
                                           LikenessName{"cca", &Likeness::cca},
                                           LikenessName{"neuron_r2", &Likeness::neuron_r2},
                                           LikenessName{"component_r2", &Likeness::component_r2},
                                           LikenessName{"co_bps_normalised", &Likeness::co_bps_normalised}};

struct Assessment {
  Scores scores;
  Likeness likeness;
  Cycle cycle;
  Alignment alignment;
  std::vector<double> scree;  // variance ratios of all latents' principal components
};

// The reference's moments, which every model needs.
class Assessor {
 public:
  Assessor(const Reference& reference, double left_out);
  Assessor(const Assessor&) = delete;

  // NaN for what a model has not, and for everything where its outputs are not finite.
  Assessment assess(const Model& model, const ModelData& data) const;
  // What the true rates and latents would get.
  Assessment ceiling() const;
  const Components& components() const { return components_; }

 private:
  double bits(std::span<const float> rates, int first) const;  // per spike, of neurons from `first` on
  double performance(const Columns& val_latents) const;
  // co_bps: of neurons from `first` on.
  Likeness likeness(const Columns& train, const Columns& val, const math::Errors& rates, double co_bps,
                    int first) const;

  const Reference& reference_;
  double left_out_;
  Rows train_latents_rows_, val_latents_rows_, train_inputs_rows_, val_inputs_rows_, val_rates_rows_,
      val_spikes_rows_, val_targets_rows_;
  Columns train_latents_, val_latents_, train_inputs_, val_inputs_, val_rates_;
  Components components_;
};

}  // namespace tsd::compare
