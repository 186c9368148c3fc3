#include "families/ctd/task/outputs.hpp"

#include "families/ctd/task/learner.hpp"

namespace tsd::ctd_task {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {"/runs/<seed>/params/<parameter>", "...", "", "parameters after the last epoch"},
      {"/runs/<seed>/params_best/<parameter>", "...", "",
       "parameters at the least validation loss; of reaches, once all steps count"},
      {"/runs/<seed>/curves/epoch", "epoch", "epochs", "epoch, 0-based"},
  };
  train::add_outputs(kEpochs, "/runs/<seed>/curves", all);
  train::add_outputs(kScores, "/runs/<seed>/metrics", all);
  const std::vector<Output> more = {
      {"/runs/<seed>/metrics/success_rate", "epoch,task", "", "success by task"},
      {"/runs/<seed>/metrics/strict_success_rate", "epoch,task", "", "strict_success by task"},
      {"/runs/<seed>/metrics/task_names", "task", "", "names of the tasks"},
      {"/runs/<seed>/eval/index", "trial", "", "place of the validation trial in order of generation"},
      {"/runs/<seed>/eval/cond", "trial", "", "condition: place in task_list, or catch trial"},
      {"/runs/<seed>/eval/extra", "trial,number", "",
       "MultiTask: response onset and length; RandomTarget: target onset and cue, -1 for none"},
      {"/runs/<seed>/eval/inputs", "trial,time,input", "", "inputs with noise"},
      {"/runs/<seed>/eval/true_inputs", "trial,time,input", "", "inputs without noise"},
      {"/runs/<seed>/eval/targets", "trial,time,output", "", "targets of the controlled variable"},
      {"/runs/<seed>/eval/inputs_to_env", "trial,time,component", "N", "force at the hand"},
      {"/runs/<seed>/eval/phases", "trial,phase,edge", "steps",
       "MultiTask: begin and end of context, stim1, mem1, stim2, mem2, response; -1 for none"},
      {"/runs/<seed>/eval/<noise>/loss", "", "",
       "loss of all validation trials, noisy or noiseless; every step counts"},
      {"/runs/<seed>/eval/<noise>/scores", "score", "", "task's metrics of all validation trials"},
      {"/runs/<seed>/eval/<noise>/score_names", "score", "", "names of the scores"},
      {"/runs/<seed>/eval/<noise>/controlled", "trial,time,output", "",
       "outputs, or position of the hand in m"},
      {"/runs/<seed>/eval/<noise>/actions", "trial,time,action", "", "outputs of the network"},
      {"/runs/<seed>/eval/<noise>/latents", "trial,time,unit", "", "state of the network after each step"},
      {"/runs/<seed>/eval/<noise>/observations", "trial,time,channel", "",
       "what the network sees at the next step: hand, fibre lengths, velocities"},
      {"/runs/<seed>/eval/<noise>/joints", "trial,time,variable", "rad, rad/s", "angles and velocities"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Output> all_recording_outputs() {
  std::vector<Output> all;
  const auto both = [&](const std::string& name, const char* dims, const char* units, const char* text) {
    for (const char* part : {"train", "valid"})
      all.push_back({std::string("/") + part + "_" + name,
                     (part[0] == 't' ? "training " : "validation ") + std::string(dims), units, text});
  };
  both("encod_data", "trial,time,held-in neuron", "spikes", "counts of the held-in neurons");
  both("recon_data", "trial,time,neuron", "spikes", "counts of all neurons, held-in ones first");
  both("inputs", "trial,time,input", "",
       "inputs; in the closed loop behind the observation that follows the step");
  both("ext_input", "trial,time,input", "", "the same, where lfads-torch looks for it");
  both("activity", "trial,time,neuron", "spikes per step", "rates");
  both("latents", "trial,time,unit", "", "state of the network after each step");
  both("extra", "trial,number", "steps", "timing columns, with the reference's shift after trimming");
  both("inds", "trial", "", "place in the recording, training trials first");
  both("true_inputs", "trial,time,task input", "", "inputs without noise, without observations");
  both("targets", "trial,time,output", "", "targets of the controlled variable");
  both("controlled", "trial,time,output", "", "outputs, or position of the hand in m");
  both("actions", "trial,time,action", "", "outputs of the network");
  both("inputs_to_env", "trial,time,component", "N", "force at the hand");
  both("joints", "trial,time,variable", "rad, rad/s", "angles and velocities");
  both("cond", "trial", "", "condition: place in sim_task_list, or catch trial");
  both("orig_index", "trial", "", "place of the trial in order of generation");
  both("trial_len", "trial", "steps", "steps before the padding, from the trimmed start");
  both("timing", "trial,number", "steps", "extra, counted from the trimmed start");
  both("phases", "trial,phase,edge", "steps",
       "MultiTask: begin and end of context, stim1, mem1, stim2, mem2, response, from the trimmed start; -1 "
       "for none");
  all.push_back({"/task_names", "condition", "", "MultiTask: names of the conditions"});
  all.push_back({"/readout", "unit,neuron", "", "1 where the neuron reads the unit"});
  all.push_back(
      {"/orig_mean", "...", "", "mean of all activity, or of each neuron's, before standardisation"});
  all.push_back({"/orig_std", "...", "", "its standard deviation"});
  all.push_back({"/perm_neurons", "neuron", "", "unit that the neuron reads"});
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

const std::vector<Output>& recording_outputs() {
  static const std::vector<Output> all = all_recording_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

}  // namespace tsd::ctd_task
