// From images to features, without LibTorch in sight. nback.md 3.1, 3.6.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/nback/backbone_config.hpp"
#include "families/nback/render.hpp"
#include "tsd/io/array.hpp"

namespace tsd::nback {

// Pixels of all stimuli, uint8 [S, 224, 224, 3]; rows select images.
using Pixels = std::span<const std::uint8_t>;
using Rows = std::span<const std::int32_t>;

class Perceptual {
 public:
  // Loads the weights; says in the log which. Images are normalised by ImageNet's mean and standard deviation.
  Perceptual(const BackboneConfig& config, const std::string& device, std::uint64_t seed);
  ~Perceptual();

  int features() const;                 // F
  const std::string& arch() const;      // "mobilenet_v2"
  const std::string& weights() const;   // file name and digest, or "random"

  // Batch-norm statistics of these images together (backbone.bn: recalibrated).
  void recalibrate(Pixels pixels, Rows rows);
  // [rows, F], eval mode.
  std::vector<float> features_of(Pixels pixels, Rows rows);
  // [rows, F], statistics of this batch, running ones updated (backbone.bn: live).
  std::vector<float> features_in_training(Pixels pixels, Rows rows);

  Arrays state() const;                 // running statistics
  void restore(const Arrays& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The features of all images for `recalibrated` and `imagenet`: from the cache, or computed and put there. The cache is
// keyed by the content of weights, images and settings; a damaged entry is computed anew.
struct FeatureTable {
  int F = 0;
  std::vector<float> values;  // [S, F]
  std::string arch, weights;
};
FeatureTable extract_features(const BackboneConfig& config, Pixels pixels, Rows training, const std::string& device,
                              std::uint64_t seed);

}  // namespace tsd::nback
