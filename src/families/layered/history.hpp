// What a run notes of each pass over images.
#pragma once
#include "families/layered/schedule.hpp"
#include "tsd/train/history.hpp"

namespace tsd::layered {

struct Score {
  int epoch = 0;
  Set set = Set::train;
  bool learns = false;
  double mse = 0, accuracy = 0, readout = 0;
};

inline constexpr unsigned kClasses = 1, kReadout = 2;

inline constexpr train::Column<Score> kScores[] = {
    {"epoch", "epochs", "epochs of learning that were begun", train::kept<0, &Score::epoch>},
    {"set", "", "", train::kept<1, &Score::set>, train::Shown::nowhere},
    {"learns", "", "", train::kept<2, &Score::learns>, train::Shown::nowhere},
    {"mse", "",
     "squared difference of output and target at the last step of each batch, mean over outputs and images",
     train::kept<3, &Score::mse>},
    {"accuracy", "fraction", "images whose largest output is that of their label, likewise",
     train::kept<4, &Score::accuracy>, train::Shown::everywhere, kClasses},
    {"readout", "fraction",
     "images whose nearest class mean, in the rates of the read-out layer, is their label's",
     train::kept<5, &Score::readout>, train::Shown::everywhere, kReadout},
};

}  // namespace tsd::layered
