// One run: students of several seeds, each settled and then taught, simulated side by side (microcircuit.md 2.4).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "families/microcircuit/circuit.hpp"
#include "families/microcircuit/config.hpp"
#include "families/microcircuit/group.hpp"
#include "families/microcircuit/material.hpp"
#include "families/microcircuit/recorder.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {

// A step of the runner is a stretch of samples, of about kStretch Euler steps: tens of milliseconds.
class Schedule {
 public:
  explicit Schedule(const Config& config);

  struct Stretch {
    int epoch;                  // from 1; 0: settling
    std::int64_t first, last;   // samples of the epoch [first, last); Euler steps while settling
    bool begins_epoch, ends_epoch;
  };
  std::int64_t total() const { return settling_ + epochs_ * per_epoch_; }
  Stretch operator[](std::int64_t index) const;

 private:
  static constexpr std::int64_t kStretch = 10000;
  std::int64_t settling_steps_, dataset_size_, epochs_, samples_, settling_, per_epoch_;
};

// Recorded weights, one set per epoch: those of the epoch's first record.
struct WeightSets {
  const Recorder& recorder;
  std::size_t settling, records, stride;

  std::size_t count() const { return (records + stride - 1) / stride; }
  // WPP and BPP of a set; DataError where they were not recorded.
  void load(std::size_t set, const Layout& layout, State& state) const {
    recorder.load_weights(settling + set * stride, layout, state);
  }
};

class MicrocircuitExperiment final : public Experiment {
 public:
  MicrocircuitExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override { return schedule_.total(); }
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  Arrays weights() const override;
  void write_results(Hdf5Writer& results) override;

  // For analyses.
  const Config& config() const { return config_; }
  const RunContext& context() const { return context_; }
  const Circuit& circuit() const { return circuit_; }
  const Material& material() const { return material_; }
  State current(std::size_t student) const { return state_of(students_[student]); }
  WeightSets weight_sets(std::size_t student) const;
  std::span<const double> input_of(std::int64_t sample) const;

 private:
  struct Student {
    std::int64_t seed;
    NumpyLegacy generator;           // orders and noise
    std::vector<std::int64_t> order;  // of the samples in this epoch
    State initial;
    Recorder recorder;
    double error = 0;  // summed over the samples of the epoch: squared, at the end of each sample
    std::size_t group = 0;
    int place = 0;  // in the group
  };

  NumpyLegacy run_stream(std::int64_t seed) const;
  void make_students();
  void make_groups();
  State state_of(const Student& student) const { return groups_[student.group]->save(student.place); }
  void settle(std::size_t group, const Schedule::Stretch& stretch);
  void teach(std::size_t group, const Schedule::Stretch& stretch);
  void advance(std::size_t group, std::int64_t& age, std::int64_t steps, bool learning);
  void record(std::size_t group, std::int64_t age, bool learning);
  std::span<const double> target_of(std::int64_t sample, std::int64_t step) const;  // step of its presentation
  bool taught() const { return !material_.target.empty(); }
  void check_finite(const Schedule::Stretch& stretch) const;
  StepReport finish_epoch(int epoch);
  std::vector<double> mean_angles() const;
  void write_weights(Hdf5Writer& results, const std::string& group, const State& state,
                     const std::string& documented) const;
  void write_time(Hdf5Writer& results) const;
  void write_teacher(Hdf5Writer& results) const;
  void write_summary(Hdf5Writer& results) const;

  Config config_;
  RunContext context_;
  Circuit circuit_;
  Layout layout_;
  Schedule schedule_;
  Material material_;
  Plasticity plastic_;
  std::vector<Student> students_;
  std::vector<Members> members_;  // by group
  std::vector<std::unique_ptr<Group>> groups_;
  std::int64_t cursor_ = 0;  // stretches done
  std::int64_t age_ = 0;     // Euler steps done
};

}  // namespace tsd::microcircuit
