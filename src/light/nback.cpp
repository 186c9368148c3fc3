#include "families/nback/data/features/perceptual.hpp"
#include "families/nback/model/backend.hpp"
#include "light/absent.hpp"

namespace tsd::nback {

using light::absent;

std::unique_ptr<Backend> make_torch_backend(const ModelSpec&, std::span<const float>, const std::string&,
                                            std::uint64_t) {
  absent();
}

struct Perceptual::Impl {};
Perceptual::Perceptual(const BackboneWeights&, const std::string&, std::uint64_t, const FeatureView&) {
  absent();
}
Perceptual::~Perceptual() = default;
int Perceptual::features() const { absent(); }
std::string Perceptual::arch() const { absent(); }
const std::string& Perceptual::weights() const { absent(); }
void Perceptual::recalibrate(Pixels, Rows) { absent(); }
std::vector<float> Perceptual::features_of(Pixels, Rows) { absent(); }
std::vector<BlockFeatures> Perceptual::features_by_block(Pixels) { absent(); }
std::vector<float> Perceptual::features_in_training(Pixels, Rows) { absent(); }
Arrays Perceptual::state() const { absent(); }
void Perceptual::restore(const Arrays&) { absent(); }

FeatureTable extract_features(const BackboneConfig&, Pixels, Rows, const std::string&, std::uint64_t) {
  absent();
}

}  // namespace tsd::nback
