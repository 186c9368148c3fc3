#include "families/dual_stream/outputs.hpp"

#include "families/dual_stream/fit/fit_experiment.hpp"

namespace tsd::dual_stream {

namespace {

struct CurveFacts {
  const char* units;
  const char* meaning;
};

CurveFacts facts_of(const std::string& curve) {
  if (curve.starts_with("lc"))
    return {"probability", "probability of error, 1 - p(class) by the softmax of the logits"};
  if (curve.starts_with("loss")) return {"nat", "loss of the logits"};
  return {"fraction", "trials in which the class has the largest logit"};
}

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {"/stimuli/x", "item,feature", "", "features"},
      {"/stimuli/class", "problem,item", "", "class, from 0"},
      {"/stimuli/held_out", "item", "0 no, 1 yes", "not shown in training"},
  };
  for (const char* curve : kCurveNames) {
    const CurveFacts facts = facts_of(curve);
    all.push_back({std::string("/<problem>/") + curve, "epoch", facts.units,
                   std::string("mean over runs and trials, before the trial's update: ") + facts.meaning});
  }
  for (const char* curve : kCurveNames) {
    const CurveFacts facts = facts_of(curve);
    all.push_back({std::string("/<problem>/per_run/") + curve, "run,epoch", facts.units,
                   std::string("mean over trials, before the trial's update: ") + facts.meaning});
  }
  const std::vector<Output> rest = {
      {"/<problem>/per_run/n_active", "run,epoch", "units", "units in use at the end of the epoch"},
      {"/<problem>/per_run/n_recruit_events", "run,epoch", "trials", "trials that recruited"},
      {"/<problem>/per_run/n_missed_recruitments", "run,epoch", "trials",
       "trials in which recruitment was due, but no inactive unit had any activation"},
      {"/<problem>/per_run/attention", "run,epoch,feature", "",
       "attention as the last trial used it (clustering, multiunit_clustering, exemplars)"},
      {"/<problem>/per_run/diverged_epoch", "run", "", "epoch that was not finite; -1: none"},
      {"/<problem>/order", "run,epoch,trial", "", "items in the order of their presentation"},
      {"/<problem>/final/fast/position", "run,unit,feature", "", "centres of the units"},
      {"/<problem>/final/fast/attention", "run,feature", "",
       "attention (clustering: not yet constrained again; multiunit_clustering, exemplars)"},
      {"/<problem>/final/fast/cholesky", "run,unit,feature,other feature", "",
       "Cholesky factors of the covariances (distribution learners, exemplar_kde: one or one per unit)"},
      {"/<problem>/final/fast/association", "run,unit,class", "", "association weights"},
      {"/<problem>/final/fast/active", "run,unit", "0 no, 1 yes", "units in use"},
      {"/<problem>/final/slow/W<l>", "run,out #,in #", "", "weights of layer l"},
      {"/<problem>/final/slow/b<l>", "run,out #", "", "biases of layer l"},
      {"/<problem>/init/slow/W<l>", "run,out #,in #", "", "weights of layer l before training (save_init)"},
      {"/<problem>/init/slow/b<l>", "run,out #", "", "biases of layer l before training (save_init)"},
      {"/<problem>/trials/logits_fast", "run,epoch,trial,class", "",
       "logits of the fast stream (save_trials)"},
      {"/<problem>/trials/logits_slow", "run,epoch,trial,class", "",
       "logits of the slow stream (save_trials)"},
      {"/<problem>/trials/recruited", "run,epoch,trial", "units",
       "units recruited; -1: none had any activation (save_trials)"},
      {"/<problem>/test/lc_fast", "run,item", "probability",
       "probability of error after training, fast stream alone"},
      {"/<problem>/test/lc_slow", "run,item", "probability",
       "probability of error after training, slow stream alone"},
      {"/<problem>/test/lc_total", "run,item", "probability",
       "probability of error after training, both streams but a lesioned one"},
  };
  all.insert(all.end(), rest.begin(), rest.end());
  const auto fitted = fit_outputs();
  all.insert(all.end(), fitted.begin(), fitted.end());
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

}  // namespace tsd::dual_stream
