// What every analysis begins with: states of one epoch on one set of sequences, groups of sequences with a
// split of their own, and a table that scores go to.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "families/nback/analysis/measures/linear.hpp"
#include "families/nback/data/shared_dataset.hpp"
#include "families/nback/experiment.hpp"
#include "tsd/math/statistics.hpp"

namespace tsd::nback {

using math::Answers, math::Interval, math::Null;
using math::bootstrap_interval, math::normalised, math::null_of, math::percentiles;
using math::resample_counts, math::shuffle, math::shuffled;

// What the network did on a set of sequences. Sequences are chosen by their numbers.
struct Recording {
  std::string split;
  int epoch = 0;
  int L = 0, H = 0;
  std::vector<Sequence> sequences;
  std::vector<bool> held_out;  // the same for every property and analysis
  Trace trace;

  int N() const { return static_cast<int>(sequences.size()); }
  Dense hidden(std::span<const int> chosen, int t) const { return rows(trace.hidden, chosen, t); }
  Dense cnn(std::span<const int> chosen, int t) const { return rows(trace.cnn, chosen, t); }
  Dense gates(std::span<const int> chosen, int t) const { return rows(trace.gates, chosen, t); }

 private:
  Dense rows(const std::vector<float>& values, std::span<const int> chosen, int t) const;
};

// Sequences that are analysed together.
struct Context {
  std::string name;  // "all", "location", "location n=2"
  std::optional<Property> task;
  std::optional<int> n;
  std::vector<int> train, test;  // in mode reference, both are all of them

  std::vector<int> all() const;
};

class Study {
 public:
  // Takes the weights of analysis.epoch. `name`: of the analysis, for messages.
  Study(Experiment& finished, std::string name);

  const AnalysisConfig& options() const { return experiment_.config().analysis; }
  const Config& config() const { return experiment_.config(); }
  NbackExperiment& experiment() const { return experiment_; }
  const StimulusSet& set() const { return experiment_.material().set; }
  bool answers_the_task() const;  // false, and a message, for a run of the proxy task
  int epoch() const { return epoch_; }
  int threads() const { return experiment_.context().threads; }
  bool in_sample() const { return options().mode == AnalysisMode::reference; }

  // The sequences of analysis.split, or others.
  Recording record() const;
  Recording record(std::vector<Sequence> sequences, const std::string& split) const;
  TaskMix mix() const;  // of the run, restricted to analysis.tasks and analysis.n

  std::vector<Context> contexts(const Recording& recording, Contexts kind) const;
  Contexts contexts_kind() const;  // analysis.contexts; task_n in mode paper
  std::vector<Property> properties() const;
  int values(Property property) const;  // of the stimuli of the run
  std::vector<int> times() const;       // analysis.times, or all
  int time(int t) const;                // t, checked

  // Of the stimuli on screen at t.
  std::vector<int> labels(const Recording& recording, std::span<const int> chosen, Property property,
                          int t) const;
  // As labels(), to learn from: DataError with fewer than two values.
  std::vector<int> training_labels(const Recording& recording, const Context& context, Property property,
                                   int t) const;
  // The order of the values as classes of a decoder. Mode reference: that in which they appear in the
  // context, as the original numbers them, on which its split and the votes of its decoders depend; else
  // ascending.
  std::vector<int> class_order(const Recording& recording, const Context& context, Property property,
                               int t) const;
  Philox random(const std::string& stream) const;

  std::string null_model() const;
  // Of a decoder of `problem` with the training labels `labels` that gave these answers on `test`, after
  // analysis.null_model.
  Null null_of(const SvcProblem& problem, std::span<const int> labels, const Dense& test,
               std::span<const int> test_labels, const Answers& given) const;

  // On a group: mode, epoch, split, seed, n_sequences, classifier.
  void sign(Hdf5Writer& file, const std::string& group, const Recording& recording,
            const std::string& classifier) const;

 private:
  NbackExperiment& experiment_;
  std::string name_;
  int epoch_;
};

// Accuracies, on the true held-out labels, of decoders fitted on shuffled ones.
Null refitted(const SvcProblem& problem, std::span<const int> labels, const Dense& test,
              std::span<const int> test_labels, double accuracy, int shuffles, Philox& rng);
// Trials whose label the decoder knows.
Answers answers(const Svc& decoder, const Dense& x, std::span<const int> labels);

// Scores in cells of an array, NaN where none was put.
class Scores {
 public:
  Scores(Shape shape, int shuffles, const Philox& rng);
  void put(std::size_t cell, const Answers& answers);  // with the null of shuffled held-out labels
  void put(std::size_t cell, const Answers& answers, const Null& null);
  // accuracy, ci_low, ci_high, normalised, chance, null_mean, null_sd, p, n_test below `group`, rows of
  // score_outputs(group, ..). `filled`: group with its placeholders filled.
  void write(Hdf5Writer& file, const std::vector<Output>& rows, const std::string& group,
             const std::string& filled) const;
  double accuracy(std::size_t cell) const { return columns_[0][cell]; }
  double normalised_accuracy(std::size_t cell) const { return columns_[3][cell]; }

 private:
  Shape shape_;
  int shuffles_;
  Philox rng_;
  std::vector<std::vector<double>> columns_;
};
std::vector<Output> score_outputs(const std::string& group, const std::string& dims, const std::string& what);

void write(Hdf5Writer& file, const std::vector<Output>& rows, const std::string& row, const std::string& path,
           std::span<const double> values, const Shape& shape);

// The context as it is; in mode reference with a split of its own for this property, whose values are
// numbered by class_order().
Context split_for(const Study& study, const Recording& recording, const Context& context, Property property,
                  int t);

}  // namespace tsd::nback
