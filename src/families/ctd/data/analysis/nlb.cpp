#include "families/ctd/data/analysis/nlb.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "families/ctd/data/analysis/baselines.hpp"
#include "families/ctd/data/analysis/targets.hpp"
#include "families/ctd/data/data/side.hpp"
#include "families/ctd/data/experiment.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/error.hpp"

namespace tsd::ctd_data {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = {
      {"/<dataset>/train_rates_heldin", "training trial,time,held-in neuron", "spikes per step",
       "predicted rates of held-in neurons, all training trials in the file's order"},
      {"/<dataset>/train_rates_heldout", "training trial,time,held-out neuron", "spikes per step",
       "the same of held-out ones"},
      {"/<dataset>/eval_rates_heldin", "scored trial,time,held-in neuron", "spikes per step",
       "the same of held-in neurons in trials to be scored"},
      {"/<dataset>/eval_rates_heldout", "scored trial,time,held-out neuron", "spikes per step",
       "of held-out ones"},
      {"/<dataset>/eval_rates_heldin_forward", "scored trial,forward time,held-in neuron", "spikes per step",
       "of held-in neurons in steps that the encoders don't see"},
      {"/<dataset>/eval_rates_heldout_forward", "scored trial,forward time,held-out neuron",
       "spikes per step", "of held-out ones"},
      {"/scores/models", "model", "",
       "what is scored: model, the baselines, true_rates where the recording has such"},
      {"/scores/co_bps", "model", "bits per spike", "gain over held-out neurons' mean rates"},
      {"/scores/fp_bps", "model", "bits per spike",
       "the same of all neurons in steps that the encoders don't see"},
      {"/scores/psth_r2", "model", "", "explained variance of condition averages, mean over neurons"},
      {"/scores/tp_corr", "model", "",
       "correlation of the rates' speed with the produced time (dmfc_rsg), mean over groups"},
      {"/scores/behaviors", "behaviour", "", "what is decoded"},
      {"/scores/behavior_r2", "model,behaviour", "",
       "explained variance of behaviour by ridge regression on rates of the same step; NaN where behaviour has "
       "no steps"},
  };
  return all;
}

// What the file has, in its order.
struct Source {
  std::string eval;                // the side that is scored
  const Trials* trials = nullptr;  // of it
  Counts counts;
  Rates truth;
};

Grid grid_of(Table table) {
  return {table.shape[0], table.shape[1], table.shape[2], std::move(table.values)};
}

Source read_source(const Config& c, const Recording& r) {
  const Hdf5Reader file(c.data.file);
  const bool of_benchmark = file.exists("/eval_spikes_heldin") && !file.exists("/valid_encod_data");
  const bool drawn = !r.valid.places.empty(), of_training = r.train.n + r.valid.n == r.of_training;
  if (drawn && !of_training)
    throw UsageError(
        "nlb: expected trials to be scored that the model did not learn from, got validation trials drawn anew "
        "from all (data.reshuffle_tv_seed)");
  const bool unscored = r.test.n > 0 && (of_benchmark || c.nlb.target || of_training);
  Source s;
  s.eval = of_benchmark ? "eval" : unscored ? "test" : "valid";
  s.trials = unscored ? &r.test : &r.valid;
  if (!unscored && of_training)
    throw DataError(c.data.file +
                    ": expected trials to be scored, valid, eval or test, got training trials alone");
  const Side train(file, c.data.file, "train"), eval(file, c.data.file, s.eval);
  s.counts = {grid_of(train.spikes().second), grid_of(eval.held_in())};
  Table a = train.rates(), b = eval.rates();
  if (a.there() && b.there() && a.shape[1] == r.extents.T && b.shape[1] == r.extents.T)
    s.truth = {grid_of(std::move(a)), grid_of(std::move(b))};
  return s;
}

// Training trials lie where they were before they were split.
Rates predictions(CtdDataExperiment& experiment, const Source& source) {
  const Recording& r = experiment.recording();
  const Extents& e = r.extents;
  Rates rates{{r.of_training, e.T, e.N_all, {}}, {source.trials->n, e.T, e.N_all, {}}};
  const std::int64_t width = std::int64_t{e.T} * e.N_all;
  rates.train.values.resize(index(r.of_training * width));
  for (const Trials* trials : {&r.train, &r.valid}) {
    if (trials == &r.valid && trials->places.empty()) continue;
    const auto found = experiment.rates(*trials);
    for (std::int64_t i = 0; i < trials->n; ++i)
      std::copy_n(
          found.begin() + i * width, width,
          rates.train.values.begin() + (trials->places.empty() ? i : trials->places[index(i)]) * width);
  }
  rates.eval.values = experiment.rates(*source.trials);
  return rates;
}

struct Scored {
  std::string name;
  double co_bps = kNan, fp_bps = kNan, psth_r2 = kNan, tp_corr = kNan;
  std::vector<double> behavior_r2;
};

Scored scored(const std::string& name, const Rates& rates, const Targets& t, const Extents& e,
              const std::string& dataset) {
  Scored s{name};
  const Grid train = rates.train.part(0, e.encoded(), 0, e.N_all),
             eval = rates.eval.part(0, e.encoded(), 0, e.N_all);
  if (t.heldout.there() && e.N_all > e.N_in)
    s.co_bps = nlb_bits_per_spike(eval.part(0, e.encoded(), e.N_in, e.N_all), t.heldout);
  if (t.forward.there())
    s.fp_bps = nlb_bits_per_spike(rates.eval.part(e.encoded(), e.T, 0, e.N_all), t.forward);
  if (t.psth.there()) s.psth_r2 = psth_r2(t.psth, eval, t.conditions, t.jitter);
  for (const Behavior& b : t.behaviors) {
    const bool steps = b.train.steps == e.encoded();
    s.behavior_r2.push_back(
        steps ? decoding_r2({train, b.train, t.train_groups}, {eval, b.eval, t.eval_groups}) : kNan);
    if (b.name == "behavior" && dataset.starts_with("dmfc_rsg") && t.heldout.there())
      s.tp_corr = speed_correlation(eval, t.heldout, b.eval);
  }
  return s;
}

void write_submission(const Rates& rates, const Extents& e, const std::string& dataset, Hdf5Writer& results) {
  const auto write = [&](const std::string& name, const Grid& all, int begin, int end, int first, int last) {
    if (begin == end || first == last) return;
    const Grid part = all.part(begin, end, first, last);
    results.dataset<float>("/" + dataset + "/" + name, part.values, {part.trials, part.steps, part.columns},
                           meaning_of(outputs(), "/<dataset>/" + name));
  };
  const int T = e.encoded(), N = e.N_all, N_in = e.N_in;
  write("train_rates_heldin", rates.train, 0, T, 0, N_in);
  write("train_rates_heldout", rates.train, 0, T, N_in, N);
  write("eval_rates_heldin", rates.eval, 0, T, 0, N_in);
  write("eval_rates_heldout", rates.eval, 0, T, N_in, N);
  write("eval_rates_heldin_forward", rates.eval, T, e.T, 0, N_in);
  write("eval_rates_heldout_forward", rates.eval, T, e.T, N_in, N);
}

void write_scores(const std::vector<Scored>& rows, const Targets& targets, Hdf5Writer& results) {
  const auto meaning = [&](const std::string& name) { return meaning_of(outputs(), "/scores/" + name); };
  std::vector<std::string> names;
  std::vector<double> decoded;
  for (const Scored& s : rows) {
    names.push_back(s.name);
    decoded.insert(decoded.end(), s.behavior_r2.begin(), s.behavior_r2.end());
  }
  results.strings("/scores/models", names, meaning("models"));
  for (const auto& [name, member] : {std::pair("co_bps", &Scored::co_bps),
                                     {"fp_bps", &Scored::fp_bps},
                                     {"psth_r2", &Scored::psth_r2},
                                     {"tp_corr", &Scored::tp_corr}}) {
    std::vector<double> values;
    for (const Scored& s : rows) values.push_back(s.*member);
    results.dataset(std::string("/scores/") + name, values, meaning(name));
  }
  if (targets.behaviors.empty()) return;
  std::vector<std::string> behaviors;
  for (const Behavior& b : targets.behaviors) behaviors.push_back(b.name);
  results.strings("/scores/behaviors", behaviors, meaning("behaviors"));
  results.dataset<double>(
      "/scores/behavior_r2", decoded,
      {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(behaviors.size())},
      meaning("behavior_r2"));
}

// One line of what there is.
void tell(const Scored& s, const Targets& targets) {
  std::string line;
  const auto add = [&](const std::string& name, double value) {
    if (std::isnan(value)) return;
    line += (line.empty() ? "" : ", ") + name + " " + shortest(std::round(value * 1e4) / 1e4);
  };
  add("co-bps", s.co_bps), add("fp-bps", s.fp_bps);
  for (std::size_t k = 0; k < targets.behaviors.size(); ++k)
    add(targets.behaviors[k].name + " R2", s.behavior_r2[k]);
  add("psth R2", s.psth_r2), add("tp corr", s.tp_corr);
  log_info(s.name + ": " + (line.empty() ? "nothing to score it against" : line));
}

void run(Experiment& finished, Hdf5Writer& results) {
  auto& experiment = dynamic_cast<CtdDataExperiment&>(finished);
  const Config& c = experiment.config();
  const Recording& r = experiment.recording();
  const Extents& e = r.extents;
  if (!c.data.sessions.empty())
    throw UsageError("nlb: expected one recording, got data.sessions: " +
                     std::to_string(c.data.sessions.size()) + " more");
  if (c.model.is_lfads() && c.model.lfads.ic_enc_seq_len > 0)
    throw UsageError("nlb: expected rates of all steps, model.ic_enc_seq_len=0, got " +
                     std::to_string(c.model.lfads.ic_enc_seq_len));
  const Source source = read_source(c, r);
  const Targets targets = read_targets(c, source.eval, {e, r.of_training, source.trials->n});
  const Rates rates = predictions(experiment, source);
  std::vector<Scored> rows = {scored("model", rates, targets, e, c.nlb.dataset)};
  for (const std::string& name : c.nlb.baselines)
    rows.push_back(scored(name, baseline(name, c.nlb, source.counts), targets, e, c.nlb.dataset));
  if (source.truth.train.there())
    rows.push_back(scored("true_rates", source.truth, targets, e, c.nlb.dataset));
  for (const Scored& row : rows) tell(row, targets);
  write_submission(rates, e, c.nlb.dataset, results);
  write_scores(rows, targets, results);
}

}  // namespace

Analysis nlb() {
  return {"nlb", "predictions as the Neural Latents Benchmark wants them, their scores and baselines'",
          outputs(), run};
}

}  // namespace tsd::ctd_data
