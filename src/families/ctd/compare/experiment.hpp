// A comparison as the engine sees it: searches for fixed points, operators and their distances, then the
// scores of one model a step.
#pragma once
#include <optional>

#include "families/ctd/compare/fixed_points/stage.hpp"
#include "families/ctd/compare/likeness/demixed.hpp"
#include "families/ctd/compare/likeness/rotations.hpp"
#include "families/ctd/compare/similarity/input_stage.hpp"
#include "families/ctd/compare/similarity/stage.hpp"
#include "families/ctd/compare/similarity/sweep.hpp"
#include "families/ctd/compare/summary.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::compare {

class CompareExperiment final : public Experiment {
 public:
  CompareExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override;
  Headline headline() const override { return {"state_r2"}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  void write_results(Hdf5Writer& results) override;

 private:
  // Of the reference (0) and the models.
  struct Entry {
    std::string name, group, file;
    Assessment assessment;
    std::optional<Scores> with_dropout;  // that count instead of those of the assessment
    std::vector<RotationsOf> rotations;
    std::vector<DemixedOf> demixed;
    std::vector<float> projected;  // leading components of its aligned validation trials; NaN in the padding
  };
  int components() const;  // of aligned trajectories that are kept
  void assess(std::size_t k);
  StepReport row(std::size_t k) const;
  std::vector<Column> columns() const;

  void write_models(Hdf5Writer& results) const;
  void write_groups(Hdf5Writer& results) const;
  void write_likeness(Hdf5Writer& results) const;
  void write_rotations(Hdf5Writer& results) const;
  void write_demixed(Hdf5Writer& results) const;
  void write_alignment(Hdf5Writer& results) const;
  void write_fixed_points(Hdf5Writer& results, const PointSearch& search) const;
  void write_sets(Hdf5Writer& results, const std::string& group, const PointSearch& search) const;
  void write_hands(Hdf5Writer& results, const std::string& group, const PointSearch& search) const;
  void write_way(Hdf5Writer& results, int model) const;
  void write_match(Hdf5Writer& results, const std::string& group, const PointSearch& search) const;
  void write_dsa(Hdf5Writer& results) const;
  void write_input_dsa(Hdf5Writer& results) const;
  void write_dsa_sweep(Hdf5Writer& results) const;

  Config config_;
  Reference reference_;
  std::vector<Model> models_;
  Assessor assessor_;
  std::optional<FixedPointStage> points_;
  std::optional<DsaStage> dsa_;
  std::optional<DsaSweep> dsa_sweep_;
  std::optional<InputDsaStage> input_dsa_;
  std::vector<Span> spans_;  // of jPCA
  Design design_;            // of dPCA
  std::vector<Stage*> stages_;
  std::vector<Entry> entries_;
  std::int64_t step_ = 0;
};

}  // namespace tsd::compare
