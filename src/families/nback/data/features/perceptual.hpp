// From images to features, without LibTorch in sight. nback.md 3.1, 3.6.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/nback/data/features/backbone_config.hpp"
#include "families/nback/data/features/backbone_weights.hpp"
#include "families/nback/data/stimuli/render.hpp"
#include "tsd/io/array.hpp"

namespace tsd::nback {

// Pixels of all stimuli, uint8 [S, 224, 224, 3]; rows select images.
using Pixels = std::span<const std::uint8_t>;
using Rows = std::span<const std::int32_t>;

// What the images become after one block of the network: its channels C averaged over space, and over each of the
// four quarters of the map (as Pooling::quadrants).
struct BlockFeatures {
  int channels = 0;
  std::vector<float> mean;       // [S, C]
  std::vector<float> quadrants;  // [S, 4 C]
};

class Perceptual {
 public:
  // Images are normalised by ImageNet's mean and standard deviation; `seed` draws random weights.
  Perceptual(const BackboneWeights& weights, const std::string& device, std::uint64_t seed,
             const FeatureView& view = {});
  ~Perceptual();

  int features() const;                // F
  std::string arch() const;            // "mobilenet_v2"
  const std::string& weights() const;  // their label

  // Batch-norm statistics of these images together (backbone.bn: recalibrated).
  void recalibrate(Pixels pixels, Rows rows);
  // [rows, F], eval mode.
  std::vector<float> features_of(Pixels pixels, Rows rows);
  // Of every block, in the network's order, for all images, eval mode; none of a TorchScript.
  std::vector<BlockFeatures> features_by_block(Pixels pixels);
  // [rows, F], statistics of this batch, running ones updated (backbone.bn: live).
  std::vector<float> features_in_training(Pixels pixels, Rows rows);

  Arrays state() const;  // running statistics
  void restore(const Arrays& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The features of all images for `recalibrated` and `imagenet`, from the cache (feature_cache.hpp) or
// computed.
struct FeatureTable {
  int F = 0;
  std::vector<float> values;  // [S, F]
  std::string arch, weights;
};
FeatureTable extract_features(const BackboneConfig& config, Pixels pixels, Rows training,
                              const std::string& device, std::uint64_t seed);

}  // namespace tsd::nback
