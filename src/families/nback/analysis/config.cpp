#include "families/nback/analysis/config.hpp"

#include "families/nback/data/task.hpp"

namespace tsd::nback {

namespace {

const std::vector<std::string> kProperties = {"location", "identity", "category"};

using Names = std::vector<std::string>;

// Analyses of states on the sequences of `split`.
const Names kOfStates = {"decoding",          "temporal",         "task_relevance", "cross_task",
                         "orthogonalization", "procrustes",       "dynamics",       "perturbation",
                         "efficiency",        "gate_suppression", "similarity"};

Names of_states_and(const Names& more) {
  Names all = kOfStates;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void describe_selection(Schema& s, AnalysisConfig& a) {
  s.field("epoch", a.epoch, "whose weights: best, last, or the number of an epoch that was kept")
      .read_by(of_states_and({"behaviour", "extract"}));
  s.field(
       "split", a.split,
       "sequences: shared (drawn anew over all stimuli, the same for every run), a validation split of the "
       "run, or validation (all of its splits)")
      .one_of({"shared", "novel_angle", "novel_identity", "validation"})
      .read_by(kOfStates);
  s.field("samples_per_task", a.samples_per_task, "sequences per task where they are drawn anew")
      .range(1, 1e6)
      .unit("sequences")
      .read_by(of_states_and({"extract"}));
  s.choice("contexts", a.contexts,
           {{"pooled", Contexts::pooled}, {"task", Contexts::task}, {"task_n", Contexts::task_n}},
           "sequences analysed together: all, those of a task, or of a task and n; mode paper: task_n")
      .read_by({"decoding", "temporal", "cross_task", "orthogonalization", "dynamics", "similarity"});
  s.field("properties", a.properties, "what is decoded")
      .one_of(kProperties)
      .length(1, 3)
      .read_by({"decoding", "temporal", "task_relevance", "cross_task", "orthogonalization", "procrustes",
                "dynamics", "gate_suppression", "similarity", "layers"});
  s.field("tasks", a.tasks, "sequences of these tasks only; []: all")
      .one_of(kProperties)
      .length(0, 3)
      .read_by(of_states_and({"behaviour", "extract"}));
  s.field("n", a.n, "sequences of these N-back levels only; []: all")
      .range(1, kMostLevels)
      .length(0, kMostLevels)
      .read_by(of_states_and({"behaviour", "extract"}));
  s.field("times", a.times, "steps, from 0, in analyses over time; []: all")
      .range(0, 999)
      .read_by({"decoding", "temporal", "dynamics", "procrustes"});
  s.field("time", a.time, "step, from 0, in analyses of one step")
      .range(0, 999)
      .read_by({"task_relevance", "cross_task", "orthogonalization"});
}

void describe_statistics(Schema& s, AnalysisConfig& a) {
  s.field("test_fraction", a.test_fraction, "share of the sequences held out, the same for all properties")
      .above(0)
      .below(1)
      .read_by(of_states_and({"extract"}));
  s.choice("null_model", a.null_model, {{"test_labels", NullModel::test_labels}, {"refit", NullModel::refit}},
           "null distributions: answers compared with shuffled held-out labels, or, in decoding and "
           "task_relevance, decoders fitted on shuffled labels, which takes one fit for each shuffle")
      .read_by({"decoding", "task_relevance"});
  s.field("shuffles", a.shuffles, "shuffles of the labels per null distribution; 0: none")
      .range(0, 10000)
      .read_by({"decoding", "temporal", "task_relevance", "cross_task", "dynamics", "layers"});
  s.field("rotations", a.rotations, "random rotations or directions per null distribution")
      .range(1, 100000)
      .read_by({"orthogonalization", "procrustes"});
  s.field("resamples", a.resamples, "bootstrap resamples of the sequences")
      .range(1, 100000)
      .read_by({"behaviour", "efficiency", "gate_suppression"});
  s.field(
       "orthogonalization_resamples", a.orthogonalization_resamples,
       "bootstrap resamples of the sequences in orthogonalization, each of which fits all normals again; 0: "
       "no intervals")
      .range(0, 100000)
      .read_by({"orthogonalization"});
  s.field("seed", a.seed, "of drawn sequences, splits, shuffles and resamples")
      .read_by(of_states_and({"behaviour", "extract", "layers"}));
}

void describe_particulars(Schema& s, AnalysisConfig& a) {
  s.field("perturbed_property", a.perturbed_property,
          "perturbation: whose code is pushed, in every task; task: that of the task itself")
      .one_of({"task", "location", "identity", "category"})
      .read_by({"perturbation"});
  s.field("perturbation_time", a.perturbation_time, "perturbation: step whose state is moved")
      .range(0, 999)
      .read_by({"perturbation"});
  s.field("perturbation_range", a.perturbation_range,
          "perturbation: largest distance, in SD of the states along a normal, or between class means")
      .above(0)
      .read_by({"perturbation"});
  s.field("perturbation_points", a.perturbation_points, "perturbation: distances from - to + the range")
      .range(2, 10001)
      .read_by({"perturbation"});
  s.field("gate_fraction", a.gate_fraction, "gate suppression: share of units called least or most relevant")
      .above(0)
      .range(0, 0.5)
      .read_by({"gate_suppression"});
  s.field("lengths", a.lengths, "behaviour: further sequence lengths")
      .range(2, 1000)
      .unit("steps")
      .read_by({"behaviour"});
  s.field(
       "n_beyond", a.n_beyond,
       "behaviour: N-back levels never trained, those of n_values left out; above the largest of these the "
       "task input has no unit")
      .range(4, 255)
      .read_by({"behaviour"});
  s.field("behaviour_sequences", a.behaviour_sequences, "behaviour: new sequences per task, n and length")
      .range(1, 1e6)
      .unit("sequences")
      .read_by({"behaviour"});
  s.field("similarity_sequences", a.similarity_sequences,
          "similarity: sequences, of those of the split, that are shown in every context")
      .range(3, 2000)
      .unit("sequences")
      .read_by({"similarity"});
  s.field("against", a.against, "compare: directory of the run to compare with")
      .must_exist()
      .read_by({"compare"});
}

}  // namespace

void describe(Schema& schema, AnalysisConfig& analysis) {
  schema
      .choice("mode", analysis.mode,
              {{"corrected", AnalysisMode::corrected},
               {"reference", AnalysisMode::reference},
               {"paper", AnalysisMode::paper}},
              "held-out sequences; as the original program; or the paper's decoders of memory traces")
      .read_by(of_states_and({"extract"}));
  describe_selection(schema, analysis);
  describe_statistics(schema, analysis);
  describe_particulars(schema, analysis);
  for (Field& field : schema.fields())
    if (field.key != "against") field.may_change();  // asked of what has been learnt; but an input is one
}

}  // namespace tsd::nback
