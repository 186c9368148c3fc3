// Weights that a config brings along, and samples.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/microcircuit/data/samples.hpp"
#include "families/microcircuit/model/circuit.hpp"
#include "tsd/io/array.hpp"

namespace tsd::microcircuit {

// Weights from a safetensors file: of student s those named <s>.WPP_1, .. or, where there are none, WPP_1, ..
// for all. What is not there stays as drawn; lateral weights that are not there follow by init_in_SPS.
class OwnWeights {
 public:
  explicit OwnWeights(const std::string& path);

  void take(const Circuit& circuit, const Layout& layout, bool in_sps, std::int64_t seed, State& state) const;

 private:
  const Array* array(const std::string& prefix, const std::string& name) const;
  std::string prefix_of(std::int64_t seed) const;
  void check_names(const Layout& layout, const std::string& prefix) const;

  std::string path_;
  Arrays arrays_;
};

// A file as `input_file` and `test_file` name it (microcircuit.md 5.2). With `count`, it has so many samples.
Samples read_samples(const std::string& path, const Config& config, std::optional<std::int64_t> count);

}  // namespace tsd::microcircuit
