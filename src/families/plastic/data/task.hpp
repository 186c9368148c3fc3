// Continual scene detection (plastic.md 2): a stream of scenes of F frames, each of which is new or shows
// again the scene R before.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/io/array.hpp"

namespace tsd::plastic {

// How a scene is shown again: its frames in another order, or variations of its first frame not seen before.
enum class Again { frames, fresh };

struct TaskSpec {
  int d = 25, F = 4;
  double variation = 0.1;  // fraction of components in which a frame differs from its scene's first
  double repeat_probability = 0.5;
  Again again = Again::frames;
  int flips() const { return static_cast<int>(d * variation); }  // truncated, as in the reference
};

struct Sequence {
  int T = 0, F = 0, d = 0;           // scenes, frames of each, components
  std::vector<float> frames;         // [T, F, d], -1 or +1
  std::vector<std::uint8_t> labels;  // [T], 1: familiar
  int frame_count() const { return T * F; }
};

// The random choices behind a sequence.
class Draws {
 public:
  virtual ~Draws() = default;
  virtual void base(std::span<float> frame) = 0;                 // -1 or +1
  virtual std::vector<std::int64_t> distinct(int n, int k) = 0;  // k of 0 .. n-1, in random order
  virtual double uniform() = 0;                                  // [0, 1): the decision to repeat
  virtual Arrays save() const = 0;
  virtual void load(const Arrays& saved) = 0;
};

void generate(const TaskSpec& task, int R, int T, Draws& draws, Sequence& sequence);

// Recorded sequences: `frames` [sequence, T, F, d] of -1 and 1, `labels` [sequence, T] of 0 and 1. DataError
// naming file, dataset, expected and got.
std::vector<Sequence> read_sequences(const std::string& path, const TaskSpec& task);

// The reference's three generators, digit for digit. The torch generator goes on from where the initial
// parameters left it.
std::unique_ptr<Draws> reference_draws(TorchGenerator torch, std::uint64_t seed);
std::unique_ptr<Draws> fast_draws(std::uint64_t seed, std::string_view stream = "data");

}  // namespace tsd::plastic
