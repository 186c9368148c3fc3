#include "families/layered/outputs.hpp"

#include "families/layered/history.hpp"

namespace tsd::layered {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all;
  train::add_outputs(kScores, "/learning", all, "epoch");
  std::erase_if(all, [](const Output& output) { return output.path == "/learning/readout"; });
  train::add_outputs(kScores, "/evaluation/<set>", all, "evaluation");
  all.push_back({"/angles/epoch", "epoch from 0", "epochs", "epochs of learning done"});
  all.push_back({"/angles/layer", "layer with B", "", "number of the layer, counted from 1"});
  all.push_back({"/angles/degrees", "epoch from 0,layer with B", "degree",
                 "angle between the transposed forward weights and B, of a convolution between kernels"});
  all.push_back({"/readout/rates", "image,unit", "", "rates of the read-out layer in the last evaluation"});
  all.push_back({"/readout/label", "image", "", "labels of those images"});
  all.push_back({"/example/input", "image,pixel", "", "images of the last batch"});
  all.push_back({"/example/output", "image,output", "", "rates of the last layer at its end"});
  all.push_back({"/weights/<parameter>", "...", "",
                 "at the end: W_<l> [pre, post] or kernels, b_<l>, B_<l> [post, pre], D_<l>"});
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

}  // namespace tsd::layered
