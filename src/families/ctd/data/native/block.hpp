// A block of trials of a batch through a model, forward and back, on one thread.
#pragma once
#include <memory>
#include <span>

#include "families/ctd/data/model/backend.hpp"
#include "families/ctd/data/native/recurrence.hpp"

namespace tsd::ctd_data {

struct BlockCall {
  std::span<const float> parameters;
  const Batch& batch;
  const Pass& pass;
  const Objective& objective;
  float* gradient = nullptr;   // zeros, of all parameters; null: forward only
  Outputs* outputs = nullptr;  // of the batch, sized
};

class NativeBlock {
 public:
  virtual ~NativeBlock() = default;
  // places: of the rows in the batch. The rows' part of the batch's loss.
  virtual Loss run(const BlockCall& call, std::span<const int> places) = 0;
};

std::unique_ptr<NativeBlock> make_sae_block(const Config& config, const ModelSpec& spec,
                                            const Layout& layout);
std::unique_ptr<NativeBlock> make_lfads_block(const Config& config, const ModelSpec& spec,
                                              const Layout& layout);

// Shared by both models.

// y = x W^T + b, and back: dx from dy, where there is room for it, and the parameters' gradients.
void apply_linear(const Weight& W, const Weight& b, Matrix x, Matrix y);
void apply_linear_back(const Weight& W, const Weight& b, Matrix x, Matrix dy, Matrix dx, Buffer& sums);

// x *= masks of one step, kept in `masks` for the way back.
void fill_masks(const Pass& pass, NoiseKind kind, std::int64_t step, double p, std::span<const int> places,
                Matrix masks, Buffer& room);

// A readout of states to log-rates, and their Poisson loss, chunk by chunk of steps.
class PoissonReadout {
 public:
  PoissonReadout(const Config& config, const ModelSpec& spec) : config_(config), spec_(spec) {}
  void bind(const Parameters& parameters) {
    W_ = parameters["readout.weight"], b_ = parameters["readout.bias"];
  }
  // x [steps R, .]; ready: the batch, whose first decoded step is spec.first_step(). Adds to the loss, and
  // where the call has a gradient writes that of x into dx.
  void run(const BlockCall& call, std::span<const int> places, const Prepared& ready, Matrix x, Matrix dx,
           Loss& loss);

 private:
  const Config& config_;
  const ModelSpec& spec_;
  Weight W_, b_;
  Buffer outputs_, rates_, sums_;
};

// Into [trial, T, width], from rows of steps.
void keep_steps(std::vector<float>& to, std::span<const int> places, int T, Matrix from, int first_step,
                int width);

}  // namespace tsd::ctd_data
