#include "families/plastic/analysis/generalisation.hpp"

#include <algorithm>
#include <cmath>

#include "families/plastic/analysis/detection.hpp"
#include "families/plastic/analysis/idealised.hpp"
#include "families/plastic/analysis/models.hpp"
#include "tsd/engine/parallel.hpp"

namespace tsd::plastic {

namespace {

// One row: a repeat interval that was tried.
struct Trial {
  int R = 0;
  Detection found;
  double chance = 0;
};
using Trials = std::vector<Trial>;

struct Tested {
  Model model;
  Trials curve, hebbff, confirmation;
};

struct Column {
  const char* name;
  const char* units;
  const char* meaning;
  double (*value)(const Trial&);
};
constexpr Column kRates[] = {
    {"accuracy", "fraction", "scenes answered right", [](const Trial& t) { return t.found.accuracy; }},
    {"tpr", "fraction", "familiar scenes recognised; NaN without any",
     [](const Trial& t) { return t.found.tpr; }},
    {"fpr", "fraction", "novel scenes taken for familiar", [](const Trial& t) { return t.found.fpr; }},
    {"dprime", "", "d' of both, from rates (count + 1/2) / (total + 1)",
     [](const Trial& t) { return t.found.dprime; }},
    {"chance", "fraction", "expected accuracy of the answer novel to every scene",
     [](const Trial& t) { return t.chance; }},
};

const std::string kTested = "/runs/<seed>/<model>/<protocol>/", kConfirmed = "/runs/<seed>/confirmation/";

std::vector<Output> all_outputs() {
  std::vector<Output> all;
  for (const std::string& group : {kTested, kConfirmed}) {
    const bool confirms = group == kConfirmed;
    const std::string row = confirms ? "mastered stage" : "interval";
    all.push_back({group + "R", row, "scenes", "repeat interval of the sequences"});
    all.push_back({group + "scenes", row, "scenes", "how many were shown"});
    for (const Column& column : kRates)
      all.push_back({group + column.name, row, column.units, column.meaning});
  }
  all.push_back({kConfirmed + "confirmed", "mastered stage", "0 no, 1 yes",
                 "accuracy of its model on fresh scenes is at least acc_threshold"});
  all.push_back({"/summary/max_R_confirmed", "run", "scenes",
                 "largest repeat interval mastered and confirmed; 0: none"});
  all.push_back({"/idealised/R", "interval", "scenes", "repeat intervals of the idealised detector"});
  all.push_back({"/idealised/tpr", "interval", "fraction", "familiar scenes it would recognise"});
  all.push_back({"/idealised/fpr", "interval", "fraction", "novel scenes it would take for familiar"});
  all.push_back({"/idealised/capacity", "", "scenes", "repeat interval at which tpr is eval.idealised_tpr"});
  return all;
}

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

class Tester {
 public:
  Tester(const Config& config, Backend& backend, const Model& model)
      : config_(config), backend_(backend), model_(model) {}

  // The original's of 2023: every interval up to a multiple of the trained one.
  Trials curve() const {
    Trials all;
    for (int R = 1; R < config_.eval.curve_end(model_.R); ++R)
      all.push_back(trial("curve", R, config_.eval.curve_scenes(R), 1));
    return all;
  }

  // HebbFF's: growing intervals, to the first that is not recognised any more.
  Trials hebbff() const {
    Trials all;
    for (int R = 1; R <= config_.eval.hebbff_max_R; R = config_.eval.hebbff_next(R)) {
      all.push_back(trial("hebbff", R, config_.eval.hebbff_scenes(R), 1));
      if (!(all.back().found.tpr > all.back().found.fpr)) break;
    }
    return all;
  }

  Trials confirmation() const {
    const int T = config_.scenes(model_.R);
    return {trial("confirmation", model_.R, T, (config_.eval.confirm_scenes + T - 1) / T)};
  }

 private:
  Trial trial(const std::string& purpose, int R, int T, int sequences) const {
    Score score;
    const auto draws = fresh_draws(model_, purpose, R);
    Sequence sequence;
    for (int k = 0; k < sequences; ++k) {
      generate(config_.task(), R, T, *draws, sequence);
      score.add(sequence, backend_.run(model_.parameters, sequence));
    }
    return {R, detection(score), chance(config_.task(), R, T)};
  }

  const Config& config_;
  Backend& backend_;
  const Model& model_;
};

void write(Hdf5Writer& results, const std::string& group, const std::string& documented,
           const Trials& trials) {
  const auto column = [&](const std::string& name, const auto& value) {
    std::vector<decltype(value(Trial{}))> values;
    for (const Trial& trial : trials) values.push_back(value(trial));
    results.dataset(group + name, values, tsd::meaning_of(outputs(), documented + name));
  };
  column("R", [](const Trial& t) { return std::int64_t{t.R}; });
  column("scenes", [](const Trial& t) { return std::int64_t{t.found.scenes}; });
  for (const Column& rate : kRates) column(rate.name, rate.value);
}

// Of one run: a row for each mastered stage.
void write_confirmation(Hdf5Writer& results, const Config& config, std::span<const Tested> tested,
                        const Learner& learner, std::vector<std::int64_t>& max_R_confirmed) {
  Trials trials;
  std::vector<std::int64_t> confirmed;
  std::int64_t largest = 0;
  for (const Tested& t : tested)
    if (t.model.learner == &learner && t.model.mastered) {
      trials.push_back(t.confirmation[0]);
      confirmed.push_back(trials.back().found.accuracy >= config.acc_threshold);
      if (confirmed.back() != 0) largest = std::max(largest, std::int64_t{t.model.R});
    }
  const std::string group = "/runs/" + std::to_string(learner.seed()) + "/confirmation/";
  write(results, group, kConfirmed, trials);
  results.dataset(group + "confirmed", confirmed, tsd::meaning_of(outputs(), kConfirmed + "confirmed"));
  max_R_confirmed.push_back(largest);
}

// On the intervals of HebbFF's protocol.
void write_idealised(Hdf5Writer& results, const Config& config) {
  const Eval& eval = config.eval;
  const Idealised model{static_cast<double>(eval.idealised_neurons.value_or(config.hidden_dims[0])),
                        static_cast<double>(eval.idealised_inputs.value_or(config.vec_len)),
                        eval.idealised_fpr, eval.idealised_tpr};
  std::vector<std::int64_t> intervals;
  std::vector<double> tpr, fpr;
  for (int R = 1; R <= eval.hebbff_max_R; R = eval.hebbff_next(R)) {
    const auto rates = idealised_rates(model, R);
    intervals.push_back(R), tpr.push_back(rates.tpr), fpr.push_back(rates.fpr);
  }
  const auto meaning = [](const char* path) { return tsd::meaning_of(outputs(), path); };
  results.dataset("/idealised/R", intervals, meaning("/idealised/R"));
  results.dataset("/idealised/tpr", tpr, meaning("/idealised/tpr"));
  results.dataset("/idealised/fpr", fpr, meaning("/idealised/fpr"));
  results.dataset("/idealised/capacity", make_scalar("capacity", idealised_capacity(model)),
                  meaning("/idealised/capacity"));
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& experiment = static_cast<PlasticExperiment&>(finished);
  const Config& config = experiment.config();
  std::vector<Tested> tested;
  for (const Model& model : models_of(experiment))
    if (model.mastered || model.name == "latest") tested.push_back({model, {}, {}, {}});
  parallel_for(tested.size(), experiment.context().threads, [&](std::size_t k) {
    const auto backend = experiment.new_backend();
    const Tester tester(config, *backend, tested[k].model);
    tested[k].curve = tester.curve();
    tested[k].hebbff = tester.hebbff();
    if (tested[k].model.mastered) tested[k].confirmation = tester.confirmation();
  });

  for (const Tested& t : tested) {
    write(results, t.model.group() + "/curve/", kTested, t.curve);
    write(results, t.model.group() + "/hebbff/", kTested, t.hebbff);
    results.attribute(t.model.group(), "R", std::int64_t{t.model.R});
  }
  write_idealised(results, config);
  std::vector<std::int64_t> max_R_confirmed;
  for (const Learner& learner : experiment.learners())
    write_confirmation(results, config, tested, learner, max_R_confirmed);
  results.dataset("/summary/max_R_confirmed", max_R_confirmed,
                  tsd::meaning_of(outputs(), "/summary/max_R_confirmed"));
}

}  // namespace

Analysis generalisation() {
  return {"generalisation", "repeat intervals that were not trained, and mastered ones on fresh scenes",
          outputs(), run};
}

}  // namespace tsd::plastic
