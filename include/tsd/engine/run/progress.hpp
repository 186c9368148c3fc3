// How far a run is, for the person who waits: a bar on a terminal, else a line per finished row, one a second
// at most.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd {

struct ProgressView {
  std::string label;  // of the run
  std::int64_t step = 0, total = 0;
  double rate = 0;              // steps per second; 0: not known yet
  std::vector<Metric> metrics;  // of the latest row
  Pace pace{};
};

// One line of at most `width` columns; metrics are left out from the end where they do not fit.
std::string progress_bar(const ProgressView& view, int width);
std::string progress_line(const ProgressView& view);
std::string duration_text(double seconds);  // "7 s", "2:05 min", "1:02:03 h"

class Progress {
 public:
  // first: the steps that were done before this session.
  Progress(std::string label, std::int64_t first, std::int64_t total, bool bar, Pace pace = {});
  ~Progress();
  void step(std::int64_t done, const std::vector<Metric>& row);

  // Is stderr a terminal on which a line can be rewritten?
  static bool on_terminal();

 private:
  using Clock = std::chrono::steady_clock;
  ProgressView view_;
  std::int64_t first_;
  bool bar_;
  Clock::time_point start_ = Clock::now(), drawn_{};
};

}  // namespace tsd
