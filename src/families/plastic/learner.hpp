// One network on its way through the curriculum (plastic.md 4.3).
#pragma once
#include <memory>
#include <vector>

#include "families/plastic/config.hpp"
#include "families/plastic/scalars.hpp"
#include "tsd/train/history.hpp"
#include "tsd/train/tied.hpp"
#include "tsd/train/trainee.hpp"

namespace tsd::plastic {

struct Stage {
  std::int64_t R = 0, T = 0, first = 0, iterations = 0;
  bool mastered = false, capped = false;
  std::vector<float> parameters;  // at its end
};

inline constexpr train::Column<Stage, std::int64_t> kStages[] = {
    {"R", "scenes", "repeat interval; the last stage may be unfinished", train::kept<0, &Stage::R>},
    {"T", "scenes", "length of its sequences", train::kept<1, &Stage::T>},
    {"iter_first", "iterations", "iterations of the run before the stage", train::kept<2, &Stage::first>},
    {"iterations", "iterations", "length of the stage", train::kept<3, &Stage::iterations>},
    {"mastered", "0 no, 1 yes", "ended by the criterion", train::kept<4, &Stage::mastered>},
    {"capped", "0 no, 1 yes", "ended by max_iterations_per_R", train::kept<5, &Stage::capped>},
};

enum class End {
  no,
  max_R,
  cap,
  iterations,
  data,
  diverged,
  chance,  // the next interval would be mastered by one answer to every scene
};

class Learner {
 public:
  // Sequences are generated, or the recorded ones one after the other.
  Learner(const Config& config, std::uint64_t seed, std::unique_ptr<Backend> backend,
          std::shared_ptr<const std::vector<Sequence>> recorded = nullptr);

  // One iteration. True where a stage ended. The last one, where loss or gradient are not finite.
  bool step();

  std::uint64_t seed() const { return seed_; }
  End end() const { return end_; }
  std::int64_t iterations() const { return iterations_; }
  const std::vector<Stage>& stages() const { return stages_; }  // finished ones
  Stage current() const;                                        // the one under way
  const std::vector<double>& log() const { return log_; }       // rows of the table
  const ScalarTable& table() const { return table_; }
  const Layout& layout() const { return layout_; }
  const std::vector<float>& parameters() const { return trainee_.values(); }
  Backend& backend() { return *backend_; }
  std::string place() const;  // where it is: "seed 1, R 3, iteration 200"
  std::int64_t max_R_attempted() const { return R_; }
  std::int64_t max_R_mastered() const;  // 0: none

  Arrays save(const std::string& prefix) const;
  void restore(const Arrays& saved, const std::string& prefix);
  void judge_end_anew();  // whether it goes on, with what a fork may change

 private:
  bool learn(Score& score);
  void next_sequences();
  int next_interval();
  int scenes() const;  // of a sequence
  bool succeeds(const Score& score);
  void finish_stage(bool mastered);
  void advance();
  void end_if_exhausted();
  static auto numbers(auto& self, auto& updates) {
    return std::tie(self.iterations_, updates, self.R_, self.stage_first_, self.end_);
  }

  const Config& config_;
  std::uint64_t seed_;
  ModelSpec network_;
  Layout layout_;
  ScalarTable table_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Draws> draws_;
  train::Trainee trainee_;
  std::shared_ptr<const std::vector<Sequence>> recorded_;
  std::vector<Sequence> sequences_;
  std::int64_t iterations_ = 0;
  std::int64_t R_ = 0, stage_first_ = 0;
  std::vector<double> recent_;  // accuracies of the stage, at most acc_num
  End end_ = End::no;
  std::vector<Stage> stages_;
  std::vector<double> log_;
};

}  // namespace tsd::plastic
