// The checkpoints of one run: safetensors files with a checksum, the one before kept. Nothing in them depends
// on when or how often they were written, so the last of an interrupted run equals that of an uninterrupted
// one byte for byte.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "tsd/engine/run/inputs.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/io/array.hpp"

namespace tsd {

struct Checkpoint {
  std::int64_t step = 0;             // steps done
  std::optional<double> best_score;  // so far
  std::optional<double> best;        // of the headline's metric
  MetricsMark metrics;               // what metrics.csv held
  std::optional<std::string> rows;   // its text; files of older versions have the mark alone
  Arrays state;
};

inline constexpr const char* kFinal = "final";  // weights at the end, where an experiment keeps them

// Weights alone: "best", a snapshot or "final".
struct KeptWeights {
  std::int64_t step = 0;
  std::optional<double> score;
  Arrays arrays;
};

// Of another run of this family, whatever its configuration, whose digest stands beside the checkpoint.
std::pair<Checkpoint, std::string> read_checkpoint(const std::filesystem::path& file,
                                                   const std::string& family);
KeptWeights read_weights(const std::filesystem::path& file, const std::string& family);

// experiment.restore(state); DataError with kOtherVersion where the state is not one of this version's.
void restore(Experiment& experiment, const Checkpoint& checkpoint, const std::filesystem::path& run);

class Checkpoints {
 public:
  // Files carry family, configuration and digests of the inputs, and are refused (DataError) where these are
  // other ones.
  Checkpoints(std::filesystem::path directory, std::string family, std::string config_sha256,
              std::vector<Input> inputs = {});

  // `last` becomes `prev`, the new one `last`. At every instant one of the two is there and complete. IoError
  // where somebody has removed what was saved here before.
  void save(const Checkpoint& checkpoint);
  bool any() const;  // whether one was saved
  // `last`; if it is missing or damaged `prev`, with a warning. Nothing if there is neither; DataError if
  // neither is good. A warning names weights that the run had kept until then and that are gone.
  std::optional<Checkpoint> load();

  // The weights alone: "best", "final" or a snapshot.
  void save_weights(const std::string& name, std::int64_t step, std::optional<double> score, Arrays weights);
  void require_kept() const;  // IoError where somebody has removed some meanwhile
  std::optional<Arrays> load_weights(const std::string& name) const;

 private:
  std::filesystem::path file(const std::string& name) const { return directory_ / (name + ".safetensors"); }
  std::optional<Checkpoint> load(const std::string& name);
  void must_be_there(const std::string& name) const;
  void tell_missing();

  std::filesystem::path directory_;
  std::string family_, config_sha256_;
  std::vector<Input> inputs_;
  std::set<std::string> kept_;  // names of weights
  bool saved_ = false;          // a checkpoint, by this process
};

}  // namespace tsd
