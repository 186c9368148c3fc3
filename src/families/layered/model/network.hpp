// A layered network at work (layered.md 2).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "families/layered/model/spec.hpp"

namespace tsd::layered {

enum class Mode { learn, evaluate };

class Network {
 public:
  virtual ~Network() = default;

  // What it sees from the next step on, and what its output is to be: [sample, number].
  virtual void show(std::span<const float> inputs, std::span<const float> targets) = 0;
  virtual void step(Mode mode) = 0;

  // Of the last step, [sample, number]; layers from 1.
  virtual std::vector<float> rates(int layer) const = 0;
  virtual std::vector<float> errors(int layer) const = 0;
  virtual std::vector<float> noise(int layer) const = 0;
  virtual std::vector<float> high_passed(int layer) const = 0;

  virtual Arrays parameters() const = 0;
  // Angle between W' and B of each layer that has B, in degrees.
  virtual std::vector<double> angles() const = 0;
  // Parameters, rates, errors, noise and filters.
  virtual Arrays state() const = 0;
  virtual void restore(const Arrays& state) = 0;
};

// Noise comes from `stream`, in the original's order and with all that it draws; or, without one, from a
// generator of the device, which draws what is needed.
std::unique_ptr<Network> torch_network(const ModelSpec& spec, const Arrays& parameters,
                                       const std::string& device, TorchGenerator* stream, std::uint64_t seed);

}  // namespace tsd::layered
