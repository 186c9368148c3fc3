// The series of one student, and the angles, which are followed whether or not weights are kept
// (microcircuit.md 6.1).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "families/microcircuit/angles.hpp"
#include "families/microcircuit/circuit.hpp"
#include "families/microcircuit/config.hpp"
#include "tsd/io/array.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::microcircuit {

class Recorder {
 public:
  Recorder(const Config& config, const Circuit& circuit, const Layout& layout);

  // After a step; without a target, `target` is empty.
  void take(const State& state, std::span<const double> target);
  // NaN up to as many records as another student's have.
  void pad_to(const Recorder& other);

  std::int64_t records() const { return records_; }
  std::size_t numbers_per_record() const;
  const std::vector<double>& angles(std::size_t kind) const {
    return angles_[kind];
  }  // [record][hidden layer]

  // WPP and BPP of a record; MissingInput where they are not recorded.
  void load_weights(std::size_t record, const Layout& layout, State& state) const;

  Arrays save(const std::string& prefix) const;
  void restore(const Arrays& saved, const std::string& prefix);
  void write(Hdf5Writer& results, const std::string& group) const;  // group: "/students/123"

 private:
  struct Entry {
    const SeriesFacts* facts;
    int l;
    Slot shape;
    std::vector<double> values;  // [record][shape]
    std::string name() const;
  };
  const Entry& entry(const std::string& name) const;
  void append(Entry& entry, const State& state, std::span<const double> target) const;

  const Circuit& circuit_;
  const Layout& layout_;
  std::vector<Entry> entries_;
  std::vector<std::vector<double>> angles_;
  std::int64_t records_ = 0;
};

}  // namespace tsd::microcircuit
