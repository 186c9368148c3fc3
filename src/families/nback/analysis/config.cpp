#include "families/nback/analysis/config.hpp"

#include "families/nback/data/task.hpp"

namespace tsd::nback {

namespace {

const std::vector<std::string> kProperties = {"location", "identity", "category"};

void describe_selection(Schema& s, AnalysisConfig& a) {
  s.field("epoch", a.epoch, "whose weights: best, last, or the number of an epoch that was kept");
  s.field(
       "split", a.split,
       "sequences: shared (drawn anew over all stimuli, the same for every run), a validation split of the "
       "run, or validation (all of its splits)")
      .one_of({"shared", "novel_angle", "novel_identity", "validation"});
  s.field("samples_per_task", a.samples_per_task, "sequences per task where they are drawn anew")
      .range(1, 1e6)
      .unit("sequences");
  s.choice("contexts", a.contexts,
           {{"pooled", Contexts::pooled}, {"task", Contexts::task}, {"task_n", Contexts::task_n}},
           "sequences analysed together: all, those of a task, or of a task and n; mode paper: task_n");
  s.field("properties", a.properties, "what is decoded").one_of(kProperties).length(1, 3);
  s.field("tasks", a.tasks, "sequences of these tasks only; []: all").one_of(kProperties).length(0, 3);
  s.field("n", a.n, "sequences of these N-back levels only; []: all")
      .range(1, kMostLevels)
      .length(0, kMostLevels);
  s.field("times", a.times, "steps, from 0, in analyses over time; []: all").range(0, 999);
  s.field("time", a.time, "step, from 0, in analyses of one step").range(0, 999);
}

void describe_statistics(Schema& s, AnalysisConfig& a) {
  s.field("test_fraction", a.test_fraction, "share of the sequences held out, the same for all properties")
      .above(0)
      .below(1);
  s.choice("null_model", a.null_model, {{"test_labels", NullModel::test_labels}, {"refit", NullModel::refit}},
           "null distributions: answers compared with shuffled held-out labels, or, in decoding and "
           "task_relevance, decoders fitted on shuffled labels, which takes one fit for each shuffle");
  s.field("shuffles", a.shuffles, "shuffles of the labels per null distribution; 0: none").range(0, 10000);
  s.field("rotations", a.rotations, "random rotations or directions per null distribution").range(1, 100000);
  s.field("resamples", a.resamples, "bootstrap resamples of the sequences").range(1, 100000);
  s.field(
       "orthogonalization_resamples", a.orthogonalization_resamples,
       "bootstrap resamples of the sequences in orthogonalization, each of which fits all normals again; 0: "
       "no intervals")
      .range(0, 100000);
  s.field("seed", a.seed, "of drawn sequences, splits, shuffles and resamples");
}

void describe_particulars(Schema& s, AnalysisConfig& a) {
  s.field("perturbed_property", a.perturbed_property,
          "perturbation: whose code is pushed, in every task; task: that of the task itself")
      .one_of({"task", "location", "identity", "category"});
  s.field("perturbation_time", a.perturbation_time, "perturbation: step whose state is moved").range(0, 999);
  s.field("perturbation_range", a.perturbation_range,
          "perturbation: largest distance, in SD of the states along a normal, or between class means")
      .above(0);
  s.field("perturbation_points", a.perturbation_points, "perturbation: distances from - to + the range")
      .range(2, 10001);
  s.field("gate_fraction", a.gate_fraction, "gate suppression: share of units called least or most relevant")
      .above(0)
      .range(0, 0.5);
  s.field("lengths", a.lengths, "behaviour: further sequence lengths").range(2, 1000).unit("steps");
  s.field(
       "n_beyond", a.n_beyond,
       "behaviour: N-back levels never trained, those of n_values left out; above the largest of these the "
       "task input has no unit")
      .range(4, 255);
  s.field("behaviour_sequences", a.behaviour_sequences, "behaviour: new sequences per task, n and length")
      .range(1, 1e6)
      .unit("sequences");
  s.field("similarity_sequences", a.similarity_sequences,
          "similarity: sequences, of those of the split, that are shown in every context")
      .range(3, 2000)
      .unit("sequences");
  s.field("against", a.against, "compare: directory of the run to compare with")
      .must_exist()
      .read_by("compare");
}

}  // namespace

void describe(Schema& schema, AnalysisConfig& analysis) {
  schema.choice("mode", analysis.mode,
                {{"corrected", AnalysisMode::corrected},
                 {"reference", AnalysisMode::reference},
                 {"paper", AnalysisMode::paper}},
                "held-out sequences; as the original program; or the paper's decoders of memory traces");
  describe_selection(schema, analysis);
  describe_statistics(schema, analysis);
  describe_particulars(schema, analysis);
  for (Field& field : schema.fields())
    if (field.key != "against") field.may_change();  // asked of what has been learnt; but an input is one
}

}  // namespace tsd::nback
