#include "families/nback/outputs.hpp"

#include "families/nback/experiment.hpp"

namespace tsd::nback {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {"/stimuli/path", "stimulus", "", "file name of the image"},
      {"/stimuli/category", "stimulus", "index into category_names", "category, 0-based"},
      {"/stimuli/identity", "stimulus", "index into identity_names", "object, 0-based"},
      {"/stimuli/location", "stimulus", "0 top left, 1 top right, 2 bottom left, 3 bottom right",
       "where it is shown"},
      {"/stimuli/angle", "stimulus", "index", "view angle, 0-based"},
      {"/stimuli/split", "stimulus", "0 train, 1 novel_angle, 2 novel_identity, 255 none",
       "use of the stimulus"},
      {"/stimuli/category_names", "category", "", "names of the categories"},
      {"/stimuli/identity_names", "identity", "", "names of the objects"},
      {"/stimuli/feature_mean", "feature", "", "taken from each feature (backbone.standardize)"},
      {"/stimuli/feature_sd", "feature", "", "each feature is divided by it (backbone.standardize: zscore)"},
  };
  all.push_back({"/train/epoch", "epoch", "", "number of the epoch, from 1"});
  train::add_outputs(kCurves, "/train", all);
  train::add_outputs(kSplitCurves, "/train/val_<split>", all);
  const std::vector<Output> more = {
      {"/train/per_class_acc", "epoch,response", "fraction", "recall per response on executive steps"},
      {"/train/per_class_count", "epoch,response", "steps", "executive steps per response"},
      {"/train/confusion", "epoch,target,predicted", "steps", "confusion matrix on executive steps"},
      {"/train/class_weights", "response", "", "weights of the cross entropy: no_action, non_match, match"},
      {"/train/chance_all", "", "fraction", "accuracy of a constant answer over all steps"},
      {"/train/chance_masked", "", "fraction", "accuracy of a constant answer on executive steps"},
      {"/train/val_<split>/acc_by_task_n", "epoch,property,n", "fraction",
       "accuracy on executive steps per task (location, identity, category) and n = 1..3, or to the largest of n_values; "
       "NaN where not run"},
      {"/train/val_<split>/acc_by_t", "epoch,time", "fraction", "accuracy per step of the sequence"},
      {"/train/val_<split>/confusion", "epoch,target,predicted", "steps",
       "confusion matrix on executive steps"},
      {"/sequences/<split>/image", "pictured sequence,time,row,column,colour", "",
       "what is seen in the first six sequences, a quarter as large; absent where features were given"},
      {"/sequences/<split>/stimulus", "sequence,time", "index into /stimuli", "what is seen, 0-based"},
      {"/sequences/<split>/target", "sequence,time", "0 no_action, 1 non_match, 2 match", "right answer"},
      {"/sequences/<split>/feature", "sequence", "0 location, 1 identity, 2 category", "property to compare"},
      {"/sequences/<split>/n", "sequence", "steps", "how far back to compare"},
      {"/sequences/<split>/task_vector", "sequence,input", "", "task input of the network"},
      {"/model/<weights>/<parameter>", "...", "", "trained parameter"},
      {"/hidden/<split>/<epoch>/hidden", "sequence,time,unit", "", "recurrent state of the top layer"},
      {"/hidden/<split>/<epoch>/cnn", "sequence,time,unit", "",
       "perceptual input after the 1x1 convolution and pooling, before the gate"},
      {"/hidden/<split>/<epoch>/gates", "sequence,time,unit", "", "gate on the perceptual input"},
      {"/hidden/<split>/<epoch>/logits", "sequence,time,response", "", "outputs before the softmax"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

std::string filled(std::string path, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values)
    if (const auto at = path.find("<" + name + ">"); at != std::string::npos)
      path.replace(at, name.size() + 2, value);
  return path;
}

}  // namespace tsd::nback
