// Students of one or of several runs, simulated side by side for a stretch of their schedule. Whom a student
// shares a batch with changes no bit of it.
#pragma once
#include <memory>
#include <vector>

#include "families/microcircuit/run.hpp"
#include "families/microcircuit/student.hpp"

namespace tsd::microcircuit {

// A student and its run.
struct Seat {
  const Run* run;
  Student* student;
};

// One group of circuits, whose runs are at the same stretch and do the same in it but for constants.
class Batch {
 public:
  explicit Batch(std::vector<Seat> seats);

  // To the end of the stretch. The students have their new states then.
  void simulate();
  // What the students answer to these inputs, [sample][n_N] each: their outputs at the end of a presentation, without
  // target, noise or learning. Changes no student.
  void answer(const std::vector<double>& input);

 private:
  void settle();
  void teach();
  void show(std::int64_t at);                      // the sample at this place of each student's order
  void nudge(std::int64_t at, std::int64_t step);  // to its target in that step of the presentation
  void add_errors(std::int64_t at);
  void reflect();  // the mirror phase of a presentation (WM)
  void advance(std::int64_t steps, Plasticity plastic = {}, bool targeted = false);
  void record();
  std::span<const double> target_of(const Seat& seat, std::int64_t at, std::int64_t step) const;

  std::vector<Seat> seats_;
  const Run& run_;  // any of them, for what they share
  Schedule::Stretch stretch_;
  bool learning_;
  std::int64_t age_;
  std::unique_ptr<Group> group_;
};

// As few batches as there can be, but work for every thread.
std::vector<Batch> batches(const std::vector<Seat>& seats, int threads);

}  // namespace tsd::microcircuit
