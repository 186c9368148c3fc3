// One run: students of several seeds, each settled and then taught, simulated side by side
// (microcircuit.md 2.4).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "families/microcircuit/recorder.hpp"
#include "families/microcircuit/run.hpp"
#include "families/microcircuit/student.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {

class MicrocircuitExperiment final : public Experiment, public Run {
 public:
  MicrocircuitExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return schedule_.total(); }
  Pace pace() const override {
    return {"Euler steps", schedule_.euler_steps() / static_cast<double>(total_steps())};
  }
  Headline headline() const override;
  bool finished() const override;
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  Arrays weights() const override;
  void write_results(Hdf5Writer& results) override;
  std::optional<std::string> divergence() const override;

  // A step of each of these: their students may share lanes.
  static std::vector<StepOutcome> step_together(std::span<Experiment* const> runs, int threads);

  // For analyses.
  const std::vector<Student>& students() const { return students_; }

 private:
  NumpyLegacy run_stream(std::int64_t seed) const;
  void make_students();
  void begin_stretch();
  StepReport end_stretch();
  void find_diverged();
  void test(int epoch);
  std::vector<const Student*> finite_students() const;
  std::string first_bad_parameter(const Student& student) const;
  StepReport finish_epoch(int epoch);
  std::vector<double> mean_angles() const;
  bool tested_after(int epoch) const;
  void add_tests(int epoch, StepReport& report) const;
  void write_weights(Hdf5Writer& results, const std::string& group, const State& state,
                     const std::string& documented) const;
  void write_time(Hdf5Writer& results) const;
  void write_teacher(Hdf5Writer& results) const;
  void write_tests(Hdf5Writer& results) const;
  void write_summary(Hdf5Writer& results) const;

  std::vector<Student> students_;
};

}  // namespace tsd::microcircuit
