// Classes read from a layer's rates: the nearest of the class means (layered.md 5.4).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tsd/io/array.hpp"

namespace tsd::layered {

class Readout {
 public:
  explicit Readout(std::int64_t units) : units_(static_cast<std::size_t>(units)) {}

  void begin() { rates_.clear(), labels_.clear(); }
  void add(const std::vector<float>& rates, const std::vector<std::uint8_t>& labels);
  void learn();             // means of what was added
  double accuracy() const;  // of what was added

  const std::vector<float>& rates() const { return rates_; }
  const std::vector<std::uint8_t>& labels() const { return labels_; }
  std::size_t units() const { return units_; }

  Arrays save() const;
  void restore(const Arrays& saved);

 private:
  std::size_t nearest(const float* rates) const;

  std::size_t units_;
  std::vector<float> rates_;  // [image, unit]
  std::vector<std::uint8_t> labels_;
  std::vector<double> means_;  // [class, unit]; NaN: none
};

}  // namespace tsd::layered
