#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "families/layered/config.hpp"
#include "families/layered/data/order.hpp"
#include "families/layered/history.hpp"
#include "families/layered/model/network.hpp"
#include "families/layered/readout.hpp"

namespace tsd::layered {

// One network on its way through the passes of a run, a time step per step.
class LayeredExperiment final : public Experiment {
 public:
  LayeredExperiment(const Config& config, const RunContext& context);

  std::int64_t total_steps() const override;
  Pace pace() const override { return {"time steps"}; }
  Headline headline() const override;
  StepReport step() override;
  Arrays state() const override;
  void restore(const Arrays& state) override;
  void take_over(const std::vector<std::string>& changed) override;
  Arrays weights() const override { return network_->parameters(); }
  void write_results(Hdf5Writer& results) override;

 private:
  const Images& images(Set set) const { return set == Set::test ? sets_.test : sets_.train; }
  const std::vector<std::int64_t>& members(Set set) const;
  std::int64_t batches(Set set) const {
    return static_cast<std::int64_t>(members(set).size()) / config_.batch_size;
  }
  std::int64_t length(const Pass& pass) const { return batches(pass.set) * config_.n_updates; }
  const Pass& pass() const { return passes_[std::min(pass_, passes_.size() - 1)]; }  // at the end, the last

  void begin_pass();
  void show_batch(std::int64_t at);
  void finish_batch();
  StepReport finish_pass();
  StepReport report(const Score& score) const;
  unsigned flags() const;
  std::vector<Score> scores(Set set, bool learns) const;
  void write_scores(Hdf5Writer& results) const;
  void write_angles(Hdf5Writer& results) const;
  void write_readout(Hdf5Writer& results) const;

  Config config_;
  Sets sets_;
  Split split_;
  std::vector<std::int64_t> test_;
  std::vector<Pass> passes_;
  ModelSpec spec_;
  TorchGenerator stream_;  // of initial values and orders; and of noise, where that is the original's
  std::unique_ptr<Network> network_;
  std::optional<Readout> readout_;

  std::size_t pass_ = 0;
  std::int64_t at_ = 0;  // steps of the pass
  Pass under_way_;       // when the state was saved that this run goes on from
  std::uint64_t order_seed_ = 0;
  std::vector<std::int64_t> order_;  // of the pass
  std::vector<float> input_, target_;
  std::vector<std::uint8_t> labels_;
  double squares_ = 0;  // of the pass, so far
  std::int64_t right_ = 0;
  std::vector<Score> scores_;
  std::vector<double> angles_;  // [epoch, layer], from before the first epoch on
};

}  // namespace tsd::layered
