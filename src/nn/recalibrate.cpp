// Batch-norm statistics of many images in bounded memory.
//
// The statistics of a layer need the statistics of all layers before it, over all images: one pass over the
// images per norm. A pass starts from the last activations that were kept for all images: at the entry of a
// block (`inputs_`) or, later in the block, behind one of its convolutions (`convolved_`).
#include <numeric>

#include "tsd/nn/backbone.hpp"

namespace tsd::nn {

namespace {

// Mean and sum of squared deviations per channel, merged over batches (Chan et al. 1979).
class Moments {
 public:
  void add(const torch::Tensor& x) {  // [S, C, h, w]
    const auto [variance, mean] = torch::var_mean(x, {0, 2, 3}, /*unbiased=*/false);
    const double n = static_cast<double>(x.numel() / x.size(1));
    const auto mean64 = mean.to(torch::kDouble), square64 = variance.to(torch::kDouble) * n;
    if (n_ == 0) {
      mean_ = mean64;
      square_ = square64;
    } else {
      const auto delta = mean64 - mean_;
      square_ += square64 + delta.square() * (n_ * n / (n_ + n));
      mean_ += delta * (n / (n_ + n));
    }
    n_ += n;
  }

  // Training mode normalises by the biased variance, and so must the passes to come.
  void store(torch::nn::BatchNorm2dImpl& norm) const {
    norm.running_mean.copy_(mean_);
    norm.running_var.copy_(square_ / n_);
  }
  void store_unbiased(torch::nn::BatchNorm2dImpl& norm) const { norm.running_var.copy_(square_ / (n_ - 1)); }

 private:
  double n_ = 0;
  torch::Tensor mean_, square_;
};

class Recalibration {
 public:
  Recalibration(const std::vector<Block>& blocks, std::int64_t batches,
                const std::function<torch::Tensor(std::int64_t)>& images, std::size_t memory)
      : blocks_(blocks), images_(images), memory_(memory), inputs_(batches), convolved_(batches) {}

  void run() {
    for (block_ = 0; block_ < blocks_.size(); ++block_) {
      const Block& block = blocks_[block_];
      if (block.shortcut)
        measure(*block.shortcut, [&](std::size_t i) { return block.shortcut->convolve(input(i)); });
      for (std::size_t layer = 0; layer < block.path.size(); ++layer) measure_path(layer);
      finish_block();
    }
    for (const auto& [norm, moments] : measured_) moments.store_unbiased(*norm);
  }

 private:
  // Input of the current block for one batch of images.
  torch::Tensor input(std::size_t i) const {
    torch::Tensor x =
        inputs_kept_ ? inputs_[i]
                     : images_(static_cast<std::int64_t>(i)).contiguous(torch::MemoryFormat::ChannelsLast);
    for (std::size_t b = inputs_of_; b < block_; ++b) x = blocks_[b](x);
    return x;
  }

  // Input of `layer` of the current block's path; layer == path.size() gives the path's output.
  torch::Tensor path_input(std::size_t layer, std::size_t i) const {
    const auto& path = blocks_[block_].path;
    torch::Tensor y = convolved_layer_ ? path[*convolved_layer_].finish(convolved_[i]) : input(i);
    for (std::size_t k = convolved_layer_ ? *convolved_layer_ + 1 : 0; k < layer; ++k) y = path[k](y);
    return y;
  }

  template <class Convolve>
  void measure(const ConvNorm& layer, Convolve convolve) {
    Moments moments;
    for (std::size_t i = 0; i < inputs_.size(); ++i) moments.add(convolve(i));
    moments.store(*layer.norm.ptr());
    measured_.emplace_back(layer.norm.ptr().get(), moments);
  }

  void measure_path(std::size_t layer) {
    const ConvNorm& unit = blocks_[block_].path[layer];
    bool keep = false;
    measure(unit, [&](std::size_t i) {
      const auto y = unit.convolve(path_input(layer, i));
      if (i == 0) keep = fits(y, bytes(inputs_));
      if (keep) convolved_[i] = y;
      return y;
    });
    if (keep) convolved_layer_ = layer;
  }

  void finish_block() {
    const Block& block = blocks_[block_];
    bool keep = false;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const auto output =
          block.finish(path_input(block.path.size(), i), block.residual ? input(i) : torch::Tensor());
      if (i == 0) keep = fits(output, 0);
      if (!keep) break;
      inputs_[i] = output;
      convolved_[i].reset();
    }
    convolved_.assign(convolved_.size(), {});
    convolved_layer_.reset();
    if (keep) {
      inputs_kept_ = true;
      inputs_of_ = block_ + 1;
    }
  }

  static std::size_t bytes(const std::vector<torch::Tensor>& kept) {
    return std::accumulate(kept.begin(), kept.end(), std::size_t{0}, [](std::size_t sum, const auto& t) {
      return sum + (t.defined() ? t.nbytes() : 0);
    });
  }
  bool fits(const torch::Tensor& first, std::size_t beside) const {
    return first.nbytes() * inputs_.size() + beside <= memory_;
  }

  const std::vector<Block>& blocks_;
  const std::function<torch::Tensor(std::int64_t)>& images_;
  std::size_t memory_;
  std::size_t block_ = 0;

  bool inputs_kept_ = false;           // else a pass starts from the images
  std::size_t inputs_of_ = 0;          // the block whose inputs are kept
  std::vector<torch::Tensor> inputs_;  // [batches]
  std::optional<std::size_t> convolved_layer_;
  std::vector<torch::Tensor> convolved_;  // [batches], before the norm
  std::vector<std::pair<torch::nn::BatchNorm2dImpl*, Moments>> measured_;
};

}  // namespace

void recalibrate_batch_norm(Backbone& backbone, std::int64_t batches,
                            const std::function<torch::Tensor(std::int64_t)>& images, std::size_t memory) {
  const torch::NoGradGuard no_grad;
  backbone.eval();
  Recalibration(backbone.blocks(), batches, images, memory).run();
}

}  // namespace tsd::nn
