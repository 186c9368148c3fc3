// An encoder of LFADS: a clipped GRU in both directions, initial states learnt (ctd_data.md 3.2).
#pragma once
#include <functional>
#include <string>

#include "families/ctd/data/native/recurrence.hpp"

namespace tsd::ctd_data {

class LfadsEncoder {
 public:
  // name: of the parameters encoder.<name>_h0, encoder.<name>.{fwd,bwd}_gru.cell.*
  LfadsEncoder(const std::string& name, int H, double clip);

  // x: its part of the trial, rows of steps of R trials.
  void run(const Parameters& parameters, Matrix x, int R, bool keeps);
  const Recurrence& direction(bool forward) const { return forward ? forward_ : backward_; }

  // The gradient of a direction's states after steps [begin, end) into dg; adds to the parameters'.
  using Fill = std::function<void(bool forward, int begin, int end, Matrix dg)>;
  void back(Matrix x, const Fill& fill);

 private:
  std::unique_ptr<nn::Cell> cell(const std::string& direction, double clip) const;

  std::string name_;
  int H_;
  Recurrence forward_, backward_;
  Weight h0_;
  Buffer sums_;
};

}  // namespace tsd::ctd_data
