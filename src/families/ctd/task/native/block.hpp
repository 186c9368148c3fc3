// A block of trials of a batch, forward through all steps and back, on one thread. Rows are packed step by
// step; a trial that is over takes no row.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "families/ctd/task/model/backend.hpp"
#include "families/ctd/task/native/cell.hpp"
#include "families/ctd/task/native/reach.hpp"

namespace tsd::ctd_task {

class NativeBlock {
 public:
  NativeBlock(const ModelSpec& spec, const Layout& layout, const Task& task);

  struct Call {
    std::span<const float> parameters;
    const Batch& batch;
    const Noise& noise;
    const LossScales& scales;
    float* gradient = nullptr;   // zeros, of all parameters; null: forward only
    Rollout* rollout = nullptr;  // of the batch
  };
  // rows: places in the batch, longest trial first. The rows' part of the batch's loss.
  Loss run(const Call& call, std::span<const int> rows);

 private:
  struct Chunk {
    int begin, end;  // steps
  };
  void arrange(const Call& call);
  void fill_inputs(const Call& call);
  void start(const Call& call);
  void forward(const Call& call);
  void next_state(const Call& call, int t);
  void read_out(Matrix source, Matrix y) const;
  Loss loss(const Call& call);
  double open_loss(const Call& call);
  Loss closed_loss(const Call& call);
  double latent_loss(const Call& call);
  void backward(const Call& call);
  void backward_step(const Call& call, int t, const Matrices& d, Matrix dg);
  void add_latent_gradient(const Call& call, int t, Matrix dg) const;
  void keep(const Call& call) const;

  int T() const { return static_cast<int>(active_.size()) - 1; }
  std::size_t trial(const Call& call, int i) const;
  Matrix at(Matrix all, int t) const {
    return all.slice(offset_[static_cast<std::size_t>(t)], active_[static_cast<std::size_t>(t)]);
  }
  Matrix at(Matrix all, Chunk c) const {
    return all.slice(offset_[static_cast<std::size_t>(c.begin)],
                     offset_[static_cast<std::size_t>(c.end)] - offset_[static_cast<std::size_t>(c.begin)]);
  }
  Matrices saved_at(int t) const;

  ModelSpec spec_;
  const Layout& layout_;
  TaskShape shape_;
  bool cuts_trials_;  // losses end with the trial
  double input_noise_;
  std::unique_ptr<Cell> cell_;
  std::optional<Reach> reach_;

  std::span<const int> rows_;
  bool keeps_ = false;                // what the backward pass needs
  std::vector<int> active_, offset_;  // rows of each step, one more than steps; where they start
  std::vector<Chunk> chunks_;
  Weight readout_, readout_bias_;
  std::vector<double> norms_;  // of each row's latents
  Matrix x_, h_, g_, y_, dy_;
  Matrices saved_;
  Buffer x_buffer_, h_buffer_, g_buffer_, y_buffer_, dy_buffer_, projected_, noise_, dx_, dg_, carry_, sums_;
  std::vector<Buffer> saved_buffers_, d_buffers_;
};

}  // namespace tsd::ctd_task
