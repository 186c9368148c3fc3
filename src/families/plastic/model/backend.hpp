// A network at work on flat parameters, behind a line: plain LibTorch (any device, the oracle) or the vector
// kernel.
#pragma once
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/plastic/data/task.hpp"
#include "families/plastic/model/network.hpp"

namespace tsd::plastic {

enum class Bce { reference, logits };  // clamped logarithms of the output, or the stable form in its logit

struct Trace {
  std::vector<float> y;               // [frame]
  std::vector<std::vector<float>> h;  // per layer: [frame, n]; of a static layer too
};

class Backend {
 public:
  virtual ~Backend() = default;
  // y at the last frame of each scene.
  virtual std::vector<float> run(std::span<const float> parameters, const Sequence& sequence,
                                 Trace* trace = nullptr) = 0;
  // Gradient of the mean loss of the sequences, all of one length, and the y of each: [sequence][scene].
  virtual std::vector<std::vector<float>> gradient(std::span<const float> parameters,
                                                   std::span<const Sequence> sequences,
                                                   std::span<float> gradient) = 0;
};

enum class Arithmetic { float32, float64 };  // of forward and backward pass; what goes in and out is float32

std::unique_ptr<Backend> torch_backend(const ModelSpec& network, Bce bce, const std::string& device,
                                       Arithmetic arithmetic = Arithmetic::float32);
std::unique_ptr<Backend> native_backend(const ModelSpec& network, Bce bce);

struct Score {
  double loss = 0;  // nat per scene
  int scenes = 0, familiar = 0, false_positives = 0, false_negatives = 0;

  int errors() const { return false_positives + false_negatives; }
  int novel() const { return scenes - familiar; }
  float accuracy() const { return static_cast<float>(scenes - errors()) / static_cast<float>(scenes); }
  double false_positive_rate() const { return novel() > 0 ? double(false_positives) / novel() : NAN; }
  double false_negative_rate() const { return familiar > 0 ? double(false_negatives) / familiar : NAN; }
  void add(const Sequence& sequence, std::span<const float> y);  // the loss is that of all added
};

}  // namespace tsd::plastic
