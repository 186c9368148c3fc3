// The series of one student, and the angles, which are followed whether or not weights are kept
// (microcircuit.md 6.1).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "families/microcircuit/analysis/angles.hpp"
#include "families/microcircuit/config.hpp"
#include "families/microcircuit/model/circuit.hpp"
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

  // Weights of a set: the kept ones (keep_weights_every), or those recorded first in each epoch. WPP and BPP;
  // MissingInput where there are none.
  std::size_t sets() const;
  void load_weights(std::size_t set, const Layout& layout, State& state) const;
  // One matrix of a set, by its name; empty where it is not there.
  std::span<const double> weights(std::size_t set, const std::string& name) const;
  // Epoch of each set, from 1.
  std::vector<std::int64_t> set_epochs() const;

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
  struct Kept {
    std::string name;
    Slot slot;
    std::vector<double> values;  // [set][shape]
  };
  void keep(const State& state);
  std::int64_t epoch_of(std::int64_t record) const;
  bool is_kept(std::int64_t record) const;
  std::int64_t record_of(std::size_t set) const;  // of recorded weights
  void append(Entry& entry, const State& state, std::span<const double> target) const;

  const Circuit& circuit_;
  const Layout& layout_;
  std::vector<Entry> entries_;
  std::vector<Kept> kept_;  // empty: none are kept
  std::vector<std::vector<double>> angles_;
  std::int64_t settling_records_, records_per_epoch_, settling_steps_, epoch_steps_, rec_per_steps_,
      keep_every_;
  std::int64_t records_ = 0;
};

}  // namespace tsd::microcircuit
