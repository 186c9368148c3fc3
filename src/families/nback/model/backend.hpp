// The trainable part of the N-back model behind a line: what the experiment drives, without LibTorch in
// sight. Two backends, one result: the plain LibTorch modules (CPU and CUDA, the oracle) and the native
// kernel (CPU).
#pragma once
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "families/nback/data/task.hpp"
#include "tsd/io/array.hpp"

namespace tsd::nback {

enum class Cell { rnn, gru, lstm };
enum class Attention { none, task_only, dual };

struct ModelSpec {  // letters as in nback.md: F backbone features, H hidden units, D attention units
  int F = 2048, H = 256, layers = 1;
  int levels = kLevels;  // n-back levels that the task input tells apart
  Cell cell = Cell::gru;
  double dropout = 0;  // between recurrent layers
  std::vector<int> classifier_layers;
  Attention attention = Attention::none;
  int D = 256;
  double attention_dropout = 0.1;
  // Proxy: widths of the read-outs of location, identity and category, which are the classifier's outputs
  // side by side. Empty: it has the three responses.
  std::vector<int> heads;

  int task_inputs() const { return kProperties + levels; }
  int outputs() const { return heads.empty() ? kResponses : std::accumulate(heads.begin(), heads.end(), 0); }
};

struct LossSpec {  // nback.md 4.1
  double class_weights[kResponses] = {0, 1, 1};
  double no_action_weight = 0.1;  // lambda
  double label_smoothing = 0;
  bool mask_trivial_steps = true;
  // As in ModelSpec. The loss is then that of nback.md 4.5: the mean, over the properties asked for, of the
  // mean cross entropy of their read-out over steps with a target.
  std::vector<int> heads;
};

struct UpdateSpec {  // nback.md 4.2
  double lr = 0, weight_decay = 0;
  double grad_clip = 1.0;  // 0: off
};

struct Outcome {
  double loss = 0, main = 0, no_action = 0;  // loss = main + lambda * no_action
  // The class-weighted cross entropy of all steps, as validation counts it. Trivial steps have weight 0 as
  // targets, but a share in what label smoothing adds. Proxy: main.
  double all_steps = 0;
  double gradient_norm = 0;             // before clipping; training only
  std::vector<std::uint8_t> predicted;  // [B, L], arg max of the logits
};

struct Trace {                // float32, C order
  std::vector<float> hidden;  // [B, L, H], top layer
  std::vector<float> cnn;     // [B, L, H], e of nback.md 3.1
  std::vector<float> gates;   // [B, L, H]; empty without attention
  std::vector<float> logits;  // [B, L, 3]
};

class Backend {
 public:
  virtual ~Backend() = default;

  // Forward, backward, clip, AdamW. NumericError naming the first parameter whose gradient is not finite; the
  // weights are then those before the step.
  virtual Outcome train(const Batch& batch, const LossSpec& loss, const UpdateSpec& update) = 0;
  // Eval mode. Fills *trace if given.
  virtual Outcome evaluate(const Batch& batch, const LossSpec& loss, Trace* trace = nullptr) = 0;

  // Replaces the table that stimulus indices point into; [rows, F], copied.
  virtual void set_features(std::span<const float> features) = 0;

  // Weights under PyTorch names and layouts; moments and step count; the dropout generator.
  virtual Arrays weights() const = 0;
  virtual void load_weights(const Arrays& weights) = 0;
  virtual Arrays state() const = 0;  // weights included
  virtual void restore(const Arrays& state) = 0;
};

// features: [S, F] row-major, one row per stimulus of the set; copied. Weights are drawn from `seed`.
std::unique_ptr<Backend> make_torch_backend(const ModelSpec& spec, std::span<const float> features,
                                            const std::string& device, std::uint64_t seed);
std::unique_ptr<Backend> make_native_backend(const ModelSpec& spec, std::span<const float> features,
                                             int threads, std::uint64_t seed);

}  // namespace tsd::nback
