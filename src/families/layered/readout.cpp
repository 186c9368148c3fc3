#include "families/layered/readout.hpp"

#include <algorithm>
#include <limits>

#include "tsd/train/tied.hpp"

namespace tsd::layered {

void Readout::add(const std::vector<float>& rates, const std::vector<std::uint8_t>& labels) {
  rates_.insert(rates_.end(), rates.begin(), rates.end());
  labels_.insert(labels_.end(), labels.begin(), labels.end());
}

void Readout::learn() {
  const std::size_t classes = labels_.empty() ? 0 : std::ranges::max(labels_) + std::size_t{1};
  std::vector<double> counts(classes);
  means_.assign(classes * units_, 0);
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    ++counts[labels_[i]];
    for (std::size_t j = 0; j < units_; ++j) means_[labels_[i] * units_ + j] += rates_[i * units_ + j];
  }
  for (std::size_t c = 0; c < classes; ++c)
    for (std::size_t j = 0; j < units_; ++j) means_[c * units_ + j] /= counts[c];
}

// A class without images, whose mean is NaN, is never it.
std::size_t Readout::nearest(const float* rates) const {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < means_.size() / units_; ++c) {
    double distance = 0;
    for (std::size_t j = 0; j < units_; ++j) {
      const double difference = rates[j] - means_[c * units_ + j];
      distance += difference * difference;
    }
    if (distance < least) least = distance, best = c;
  }
  return best;
}

double Readout::accuracy() const {
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels_.size(); ++i) right += nearest(&rates_[i * units_]) == labels_[i];
  return static_cast<double>(right) / static_cast<double>(labels_.size());
}

Arrays Readout::save() const {
  return {make_array("readout/rates", rates_), make_array("readout/labels", labels_),
          make_array("readout/means", means_)};
}

void Readout::restore(const Arrays& saved) {
  train::restore_all(saved, "readout/rates", rates_);
  train::restore_all(saved, "readout/labels", labels_);
  train::restore_all(saved, "readout/means", means_);
}

}  // namespace tsd::layered
