#include "families/ctd/data/outputs.hpp"

#include "families/ctd/data/learner.hpp"

namespace tsd::ctd_data {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {"/train_rates", "training trial,time,neuron", "spikes per step",
       "inferred rates of training trials, dropout off"},
      {"/eval_rates", "validation trial,time,neuron", "spikes per step", "the same of validation trials"},
      {"/test_rates", "unscored trial,time,neuron", "spikes per step",
       "the same of trials without a score, where the recording has such"},
      {"/train_latents", "training trial,time,unit", "",
       "decoder's or generator's states of training trials"},
      {"/eval_latents", "validation trial,time,unit", "", "the same of validation trials"},
      {"/test_latents", "unscored trial,time,unit", "",
       "the same of trials without a score, where the recording has such"},
      {"/train_inferred_inputs", "training trial,time,input", "",
       "means of the controller's outputs, training trials"},
      {"/eval_inferred_inputs", "validation trial,time,input", "", "the same of validation trials"},
      {"/test_inferred_inputs", "unscored trial,time,input", "",
       "the same of trials without a score, where the recording has such"},
      {"/dropout/train_rates", "training trial,time,neuron", "spikes per step",
       "inferred rates with dropout on, of posterior means, as the reference compares them; training trials"},
      {"/dropout/eval_rates", "validation trial,time,neuron", "spikes per step",
       "the same of validation trials"},
      {"/dropout/test_rates", "unscored trial,time,neuron", "spikes per step",
       "the same of trials without a score, where the recording has such"},
      {"/dropout/train_latents", "training trial,time,unit", "", "states with dropout on, training trials"},
      {"/dropout/eval_latents", "validation trial,time,unit", "", "the same of validation trials"},
      {"/dropout/test_latents", "unscored trial,time,unit", "",
       "the same of trials without a score, where the recording has such"},
      {"/dropout/train_inferred_inputs", "training trial,time,input", "",
       "means of the controller's outputs with dropout on, training trials"},
      {"/dropout/eval_inferred_inputs", "validation trial,time,input", "", "the same of validation trials"},
      {"/dropout/test_inferred_inputs", "unscored trial,time,input", "",
       "the same of trials without a score, where the recording has such"},
      {"/lfads/train_ic_mean", "training trial,number", "",
       "means of the initial states' posteriors, training trials"},
      {"/lfads/eval_ic_mean", "validation trial,number", "", "the same of validation trials"},
      {"/lfads/test_ic_mean", "unscored trial,number", "",
       "the same of trials without a score, where the recording has such"},
      {"/lfads/train_ic_std", "training trial,number", "", "their standard deviations, training trials"},
      {"/lfads/eval_ic_std", "validation trial,number", "", "the same of validation trials"},
      {"/lfads/test_ic_std", "unscored trial,number", "",
       "the same of trials without a score, where the recording has such"},
      {"/lfads/train_co_std", "training trial,time,input", "",
       "standard deviations, or scales, of the controller's outputs, training trials"},
      {"/lfads/eval_co_std", "validation trial,time,input", "", "the same of validation trials"},
      {"/lfads/test_co_std", "unscored trial,time,input", "",
       "the same of trials without a score, where the recording has such"},
      {"/lfads/train_factors", "training trial,time,factor", "", "factors of training trials"},
      {"/lfads/eval_factors", "validation trial,time,factor", "", "the same of validation trials"},
      {"/lfads/test_factors", "unscored trial,time,factor", "",
       "the same of trials without a score, where the recording has such"},
      {"/params/<parameter>", "...", "", "parameters that the outputs come from"},
      {"/params_best/<parameter>", "...", "", "parameters of the best epoch in validation"},
      {"/history/epoch", "epoch", "epochs", "epoch, 0-based"},
      {"/data/train_session", "training trial", "",
       "session of each training trial, with data.sessions; rates of other sessions' neurons are predictions"},
      {"/data/eval_session", "validation trial", "", "the same of validation trials"},
      {"/data/test_session", "unscored trial", "", "the same of trials without a score"},
      {"/data/neuron_session", "neuron", "", "session of each neuron"},
  };
  train::add_outputs(kEpochs, "/history", all);
  train::add_outputs(kScores, "/metrics", all, "comparison");
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

}  // namespace tsd::ctd_data
