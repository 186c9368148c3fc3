// What the students of a run share: circuit, samples, schedule, and how far it is.
#pragma once
#include <cstdint>
#include <span>

#include "families/microcircuit/config.hpp"
#include "families/microcircuit/data/material.hpp"
#include "families/microcircuit/data/schedule.hpp"
#include "families/microcircuit/model/circuit.hpp"
#include "families/microcircuit/model/group.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {

class Run {
 public:
  const Config& config() const { return config_; }
  const RunContext& context() const { return context_; }
  bool native() const;
  const Circuit& circuit() const { return circuit_; }
  const Layout& layout() const { return layout_; }
  const Material& material() const { return material_; }
  Plasticity plastic() const { return plastic_; }
  bool taught() const { return !material_.shown.target.empty(); }
  const Schedule& schedule() const { return schedule_; }
  Schedule::Stretch stretch() const { return schedule_[cursor_]; }  // to come
  std::span<const double> input_of(std::int64_t sample) const;
  std::span<const double> target_of(std::int64_t sample,
                                    std::int64_t step) const;  // step of its presentation

 protected:
  Run(const Config& config, const RunContext& context);

  Config config_;
  RunContext context_;
  Circuit circuit_;
  Layout layout_;
  Schedule schedule_;
  Material material_;
  Plasticity plastic_;
  std::int64_t cursor_ = 0;  // stretches done
};

}  // namespace tsd::microcircuit
