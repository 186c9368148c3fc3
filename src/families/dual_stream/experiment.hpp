#pragma once
#include <memory>
#include <vector>

#include "families/dual_stream/config.hpp"
#include "families/dual_stream/model/group.hpp"

namespace tsd::dual_stream {

inline constexpr std::size_t kCurves = 9;  // lc, loss and acc of fast, slow and total: the first of Value
extern const char* const kCurveNames[kCurves];

Stimuli stimuli_of(const Config& config, bool tell);
// Participants together, before their states are loaded.
std::unique_ptr<Group> group_of(const Config& config, const ModelSpec& model, const Layout& layout,
                                const Stimuli& stimuli, std::size_t members, const std::string& device);

// One epoch of all participants per step. In a context without a folder it warns of nothing: one of the many
// models of a search.
class DualStreamExperiment final : public Experiment {
 public:
  DualStreamExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return config_.epochs; }
  bool finished() const override;
  Pace pace() const override {
    return {"trials", static_cast<double>(participants_.size() * trained_.size())};
  }
  Headline headline() const override { return {"lc_total"}; }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  void write_results(Hdf5Writer& results) override;
  std::optional<std::string> divergence() const override;

  const Config& config() const { return config_; }
  const RunContext& context() const { return context_; }
  const Stimuli& stimuli() const { return stimuli_; }
  const ModelSpec& model() const { return model_; }
  const Layout& layout() const { return layout_; }
  std::size_t runs() const { return static_cast<std::size_t>(config_.n_runs); }
  std::size_t epochs_done() const { return epoch_; }
  std::size_t epochs() const { return static_cast<std::size_t>(config_.epochs); }

  std::vector<double> curve(std::size_t problem, std::size_t which) const;  // [epoch] (4.4)
  std::vector<float> by_run(std::size_t problem, std::size_t which, std::size_t epoch) const;  // [run]
  // Of one participant, as it was left by the training.
  std::vector<float> final_state(std::size_t problem, std::size_t run) const;
  // Answers of every participant of a problem to x [trial, D], nothing being learnt: [run] of trials.
  std::vector<Outcome> ask(std::size_t problem, const std::vector<float>& x,
                           const std::vector<std::int32_t>& label);

 private:
  struct Team {
    std::size_t problem, first, last;  // runs
    std::unique_ptr<Group> group;
  };
  // What is kept of each participant.
  struct Record {
    std::vector<float> curves;                               // [curve, epoch], means over trials
    std::vector<std::int32_t> active, recruitments, missed;  // [epoch]
    std::vector<float> attention;                            // [epoch, D]
    std::int32_t diverged = -1;                              // epoch
    std::vector<float> logits;            // [epoch, trial, fast and slow, K] where asked for
    std::vector<std::int32_t> recruited;  // [epoch, trial] where asked for
  };

  std::size_t at(std::size_t problem, std::size_t run) const { return problem * runs() + run; }
  double multiply_adds() const;
  bool ended(std::size_t problem) const;  // by divergence
  Presentation epoch_of(std::size_t problem, std::size_t run) const;
  Presentation replay_of(const Team& team, std::size_t run) const;
  std::vector<float> dropout_of(std::size_t participant, std::size_t trials) const;
  std::vector<Outcome> train(Team& team);
  void accumulate(std::size_t problem, const std::vector<const Outcome*>& of_runs);
  void keep(Record& record, const Outcome& outcome, const Team& team, std::size_t run);
  std::int32_t units_active(const std::vector<float>& flags) const;
  std::vector<Metric> row() const;

  void write_stimuli(Hdf5Writer& results) const;
  void write_curves(Hdf5Writer& results, std::size_t problem) const;
  void write_runs(Hdf5Writer& results, std::size_t problem) const;
  void write_trials(Hdf5Writer& results, std::size_t problem) const;
  void write_final(Hdf5Writer& results, std::size_t problem) const;
  void write_slow(Hdf5Writer& results, const std::string& group, std::size_t problem,
                  const std::vector<std::vector<float>>& states) const;
  void write_test(Hdf5Writer& results, std::size_t problem);

  Config config_;
  RunContext context_;
  Stimuli stimuli_;
  std::vector<std::int32_t> trained_;  // items
  ModelSpec model_;
  Layout layout_;
  int threads_;                       // of a step
  std::vector<std::int32_t> orders_;  // [run, epoch, trial] into trained_
  std::vector<std::vector<float>> initial_;
  std::vector<Record> participants_;  // [problem, run]
  std::vector<Team> teams_;
  std::vector<float> sums32_;  // [problem, curve, epoch]
  std::vector<double> sums64_;
  std::size_t epoch_ = 0;
  bool fast_is_trained_ = false;  // before the first trial
};

}  // namespace tsd::dual_stream
