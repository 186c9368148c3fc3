#include "families/microcircuit/outputs.hpp"

#include "families/microcircuit/analysis/angles.hpp"

namespace tsd::microcircuit {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {"/seeds", "student", "", "random seed of each student"},
      {"/diverged_epoch", "student", "",
       "epoch after which its weights were not finite, and its records NaN; 0: settling, -1: never"},
      {"/input/r0", "sample,input unit", "", "input rates"},
      {"/input/class", "sample", "", "class of each sample, from 0: where samples have classes"},
      {"/test/r0", "test sample,input unit", "", "input rates that students are tested with"},
      {"/test/target", "test sample,output", "", "potential that they should answer with"},
      {"/test/class", "test sample", "", "class of each of these samples, from 0"},
      {"/test/epoch", "test", "", "epoch after which students were tested"},
      {"/kept/epoch", "set", "", "epoch of each set of weights that was kept, from 1"},
      {"/time/step", "record", "steps", "Euler steps done, from the start of settling"},
      {"/time/ms", "record", "ms", "the same as time"},
      {"/teacher/<weights>_<l>", "post #,pre #", "", "weights of the teacher of layer l"},
      {"/teacher/target", "sample,output", "", "potential that the teacher, or the task, gives the students"},
      {"/teacher/target_full", "step,output", "", "the same step by step (version phased)"},
  };
  for (const SeriesFacts& series : kSeries)
    all.push_back({std::string("/students/<seed>/record/") + series.name +
                       (series.extent == Extent::whole ? "" : "_<l>"),
                   series.dims, series.units, series.meaning});
  for (const AngleFacts& angle : kAngles)
    all.push_back({std::string("/students/<seed>/metrics/") + angle.name, "record,hidden layer", "degree",
                   std::string("angle ") + angle.meaning});
  all.push_back({"/students/<seed>/kept/<weights>_<l>", "set,post #,pre #", "",
                 "weights at the first record of some epochs, by keep_weights_every"});
  all.push_back({"/students/<seed>/init/<weights>_<l>", "post #,pre #", "", "weights at the start"});
  all.push_back({"/students/<seed>/final/<weights>_<l>", "post #,pre #", "", "weights at the end"});
  all.push_back({"/students/<seed>/test/accuracy", "test", "",
                 "share of the test samples where the output of their class is the largest"});
  all.push_back({"/students/<seed>/test/error", "test", "",
                 "squared error on test samples, summed over outputs: the mean over samples"});
  all.push_back({"/students/<seed>/test/answer", "test sample,output", "",
                 "potential of the outputs in the last test, at the end of a presentation"});
  for (const auto& [name, meaning] :
       {std::pair{"accuracy", "share of test samples answered with their class"},
        std::pair{"error", "squared error on test samples"}}) {
    all.push_back({std::string("/summary/test_") + name, "test", "",
                   std::string("mean over students of the ") + meaning});
    all.push_back({std::string("/summary/test_") + name + "_interval", "test", "",
                   std::string("half the width of Student's 95 % interval of that mean: the ") + meaning});
  }
  for (const AngleFacts& angle : kAngles) {
    all.push_back({std::string("/summary/mean_") + angle.name, "record,hidden layer", "degree",
                   std::string("mean over students of the angle ") + angle.meaning});
    all.push_back({std::string("/summary/std_") + angle.name, "record,hidden layer", "degree",
                   std::string("population standard deviation of the angle ") + angle.meaning});
  }
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

Meaning meaning_of(const SeriesFacts& series) { return {series.dims, series.units, series.meaning}; }

}  // namespace tsd::microcircuit
