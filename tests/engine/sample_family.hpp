// A configuration with a field of every type, nested groups and rules across fields.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace sample {

enum class Cell { rnn, gru, lstm };

struct Readout {
  bool bias = true;
  std::vector<double> scale = {1, 0.5};

  bool operator==(const Readout&) const = default;
};
inline void describe(tsd::Schema& s, Readout& o) {
  s.field("bias", o.bias, "whether the readout has an offset");
  s.field("scale", o.scale, "gain of each output").length(1, 3).range(0, 10);
}

struct Model {
  int hidden_size = 8;
  Cell cell = Cell::gru;
  double dropout = 0;
  std::optional<double> gain;
  Readout readout;

  bool operator==(const Model&) const = default;
};
inline void describe(tsd::Schema& s, Model& o) {
  s.field("hidden_size", o.hidden_size, "recurrent units").range(1, 4096).unit("units");
  s.choice("cell", o.cell, {{"rnn", Cell::rnn}, {"gru", Cell::gru}, {"lstm", Cell::lstm}},
           "kind of recurrence");
  s.field("dropout", o.dropout, "share of units silenced").at_least(0).below(1);
  s.field("gain", o.gain, "of the initial weights; null: that of the cell").above(0);
  s.group("readout", o.readout, "from hidden units to outputs");
}

struct Settings {
  int epochs = 0;
  double lr = 1e-3;
  double patience = std::numeric_limits<double>::infinity();
  std::string optimiser = "adam";
  std::string data;
  std::string weights = "auto";
  std::int64_t samples = 1000;
  std::uint64_t offset = 0;
  std::optional<int> limit;
  std::optional<std::int64_t> budget;
  std::optional<std::string> tag;
  std::vector<bool> flags;
  std::vector<int> milestones = {10, 13};
  std::vector<std::int64_t> times;
  std::vector<std::string> metrics = {"loss"};
  std::vector<std::vector<double>> targets;
  std::vector<std::vector<int>> layers = {{8, 8}, {4}};
  Model model;

  bool operator==(const Settings&) const = default;
};

class SampleConfiguration final : public tsd::Configuration {
 public:
  void describe(tsd::Schema& s) override {
    s.field("epochs", o.epochs, "passes over the data").range(1, 1000).required();
    s.field("lr", o.lr, "step size").above(0).below(10);
    s.field("patience", o.patience, "epochs without gain before the end").at_least(0).may_be_infinite();
    s.field("optimiser", o.optimiser, "how weights change").one_of({"adam", "adamw", "sgd"});
    s.field("data", o.data, "what to learn from; empty: made up").must_exist();
    s.field("weights", o.weights, "where to start").one_of({"auto", "random"}).must_exist();
    s.field("samples", o.samples, "of an epoch").at_least(1);
    s.field("offset", o.offset, "first sample");
    s.field("limit", o.limit, "most steps of an epoch").at_least(1);
    s.field("budget", o.budget, "most steps of the run");
    s.field("tag", o.tag, "free text");
    s.field("flags", o.flags, "switches");
    s.field("milestones", o.milestones, "epochs after which lr falls").at_least(1);
    s.field("times", o.times, "moments of interest").unit("ms").length(0, 3);
    s.field("metrics", o.metrics, "what to report").one_of({"loss", "accuracy", "recall"}).length(1);
    s.field("targets", o.targets, "one row per output");
    s.field("layers", o.layers, "sizes, one list per tower").range(1, 512).length(2, 2);
    s.group("model", o.model, "the network");
  }

  void check(tsd::Problems& problems) const override {
    if (!std::is_sorted(o.milestones.begin(), o.milestones.end()))
      problems.add("milestones", "not in increasing order", "increasing epochs", "another order");
    if (o.model.cell == Cell::lstm && o.model.readout.scale.size() > 2)
      problems.add("model.readout.scale", "too long for an lstm", "at most 2 values",
                   std::to_string(o.model.readout.scale.size()) + " values");
    if (o.limit && *o.limit > o.samples)
      problems.add("limit", "larger than samples", "at most " + std::to_string(o.samples),
                   std::to_string(*o.limit));
  }

  std::unique_ptr<tsd::Experiment> build(const tsd::RunContext&) const override {
    throw std::logic_error("not built here");
  }

  Settings o;
};

inline tsd::Family family() {
  tsd::Family f;
  f.name = "sample", f.command = "train-sample", f.title = "A field of every type";
  f.make = [] { return std::make_unique<SampleConfiguration>(); };
  return f;
}

}  // namespace sample
