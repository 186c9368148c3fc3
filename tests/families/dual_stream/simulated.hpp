// A few trials of a config's participants, without files.
#pragma once
#include "families/dual_stream/experiment.hpp"
#include "families/dual_stream/model/initial.hpp"

namespace tsd::dual_stream::test {

inline Config distribution_config() {  // config_dl_dnn_52 but for the number of runs
  Config c;
  c.fast = FastName::distr_learner;
  c.task = Task::new_stimuli;
  c.n_runs = 1;
  c.epochs = 1;
  c.fast_config.lr_nn = 0.001;
  c.fast_config.attn_weighting = 0.02;
  c.slow_config.lr = 0.1;
  c.init_seed = 126277751;
  return c;
}

inline Config clustering_config() {  // on type 6 of Shepard et al.
  Config c;
  c.task = Task::shj;
  c.problem_types = {6};
  c.n_runs = 1;
  c.epochs = 1;
  c.slow_config.lr = 0.75;
  c.init_seed = 3509059687;
  return c;
}

inline Config multiunit_config() {  // config1_multi on type 6
  Config c = clustering_config();
  c.fast = FastName::multiunit_clustering;
  c.loss_fn = LossKind::crossentropy;
  c.fast_config.r = 1;
  c.slow_config.lr = 0.0075;
  c.init_seed.reset();
  return c;
}

struct Simulation {
  explicit Simulation(Config c, bool native = true, std::size_t first = 0, std::size_t last = 0)
      : config(std::move(c)),
        stimuli(config.resolved_task() == Task::shj ? shj(config.problem_types) : new_stimuli()),
        model(config.spec(stimuli.D, stimuli.K, stimuli.items())),
        layout(model),
        first_run(first),
        runs((last == 0 ? static_cast<std::size_t>(config.n_runs) : last) - first),
        group(native ? native_group(model, layout, runs) : torch_group(model, layout, runs, "cpu")),
        order(orders(config, 1, stimuli.items())) {
    const auto states = initial_states(config, 1, model, layout, 1);
    for (std::size_t i = 0; i < runs; ++i) group->load(i, states[first + i]);
  }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // `trials` of epoch `epoch`, from the `from`-th on.
  std::vector<Outcome> run(std::size_t epoch, std::size_t from, std::size_t trials, Pass pass = {}) {
    std::vector<Presentation> shown(runs);
    const auto n = static_cast<std::size_t>(stimuli.items()), D = static_cast<std::size_t>(stimuli.D);
    for (std::size_t i = 0; i < runs; ++i)
      for (std::size_t t = from; t < from + trials; ++t) {
        const auto blocks = static_cast<std::size_t>(config.epochs);
        const auto item = static_cast<std::size_t>(order[((first_run + i) * blocks + epoch) * n + t]);
        for (std::size_t m = 0; m < D; ++m) shown[i].x.push_back(stimuli.x[item * D + m]);
        shown[i].label.push_back(stimuli.problems[0].label[item]);
        shown[i].item.push_back(static_cast<std::int32_t>(item));
      }
    for (Presentation& p : shown) p.dropout = dropout;
    pass.opens = epoch == 0 && from == 0;
    return group->run(pass, shown);
  }

  std::vector<float> read(const Slot& slot, std::size_t member = 0) const {
    const auto state = group->save(member);
    const auto begin = state.begin() + static_cast<std::ptrdiff_t>(slot.offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(slot.size())};
  }

  Config config;
  Stimuli stimuli;
  ModelSpec model;
  Layout layout;
  std::size_t first_run, runs;
  std::unique_ptr<Group> group;
  std::vector<std::int32_t> order;
  std::vector<float> dropout;  // factors for the trials of a run; or empty
};

}  // namespace tsd::dual_stream::test
