#include "families/ctd/compare/config.hpp"

#include <algorithm>
#include <set>

namespace tsd::compare {

void describe(Schema& s, ReferenceSettings& r) {
  s.field("recording", r.recording,
          "recording of simulated neurons that all models were fitted to, from tsd analyze or ctd-simulate")
      .required()
      .must_exist();
  s.field("task_model", r.task_model,
          "the recorded network: a ctd_task run directory or its safetensors weights; none: no fixed points "
          "of the reference")
      .must_exist();
  s.choice(
      "trial_lengths", r.trial_lengths,
      {{"auto", TrialLengths::automatic}, {"extra", TrialLengths::extra}, {"whole", TrialLengths::whole}},
      "steps of a trial that count: those the recording tells, where it does (auto), those in the second "
      "column of its extra (MultiTask files made elsewhere), or all");
  s.choice("latents", r.latents,
           {{"stored", ReferenceLatents::stored}, {"resimulate", ReferenceLatents::resimulate}},
           "the network's latents behind the recorded spikes, or of the same inputs with new noise, as the "
           "reference has them; the latter need a run directory as task_model");
}

void describe(Schema& s, ModelSettings& m) {
  s.field("files", m.files,
          "models: results files or run directories of ctd_data, directories of runs, or HDF5 files with "
          "train_rates, eval_rates, train_latents, eval_latents")
      .must_exist();
  s.field("names", m.names, "name of each model; none: from its configuration or file");
  s.field("groups", m.groups,
          "group of each model, e.g. all seeds of one setting; none: its name, less the "
          "seed");
}

void describe(Schema& s, MetricSettings& m) {
  s.field("cycle_con_var", m.cycle_con_var,
          "part of the read-out's variance that may be left out in cycle_con")
      .range(0, 1);
  s.field("align_components", m.align_components,
          "principal components of aligned trajectories that are kept")
      .range(1, 1e6);
  s.field("confidence", m.confidence, "level of the intervals of group means").above(0).below(1);
  s.choice("eval_dropout", m.eval_dropout,
           {{"none", EvalDropout::none}, {"reference", EvalDropout::reference}},
           "reference: scores of outputs with dropout on, which models of ctd_data have after their "
           "eval_dropout: reference; scores without are then kept beside");
}

void describe(Schema& s, FixedPointSettings& f) {
  s.field(
       "inputs", f.inputs,
       "constant inputs: zeros, mean (of a model's inferred and external inputs), phase (the noise-free one at "
       "the first step of the phase of phases); or trials: each state's own input")
      .one_of({"zeros", "mean", "trials", "phase"});
  s.field("vectors", f.vectors, "further constant inputs, for cells of as many inputs");
  s.choice("method", f.method,
           {{"adam", SearchMethod::adam}, {"levenberg_marquardt", SearchMethod::levenberg_marquardt}},
           "the reference's many small steps, or damped Newton steps of least squares in double precision, "
           "from the same starts, in a small part of the time");
  s.field("n_inits", f.n_inits, "states to start from, drawn from the latents").range(1, 1e7);
  s.field("noise_scale", f.noise_scale, "standard deviation of noise on these").at_least(0);
  s.field(
       "relax_steps", f.relax_steps,
       "steps that a network first goes at the input, so that what fades fast is gone and what attracts is left")
      .range(0, 1e9);
  s.field("lr", f.lr, "Adam step size").above(0).formerly("learning_rate");
  s.field("max_iters", f.max_iters, "updates; of levenberg_marquardt at most so many steps").range(1, 1e9);
  s.field("q_thresh", f.q_thresh, "largest q of what counts as a fixed point").at_least(0);
  s.field(
       "slow_thresh", f.slow_thresh,
       "largest q of what counts as a slow point, if not as a fixed one; for none a value just above q_thresh")
      .at_least(0);
  s.field("join_within", f.join_within,
          "distance within which fixed and slow points belong to one line or ring; none: an eighth of their "
          "extent, twice the median distance from their mean")
      .above(0);
  s.field("unique_tol", f.unique_tol, "distance within which two fixed points are one").at_least(0);
  s.field("valid_bins_only", f.valid_bins_only,
          "no starts from the padding behind a trial; the reference takes these too");
  s.field("task", f.task, "starts from validation trials of this task alone (MultiTask)");
  s.field(
       "phases", f.phases,
       "starts from these steps of validation trials alone: phases of MultiTask, or the 50 steps after the "
       "cue of RandomTarget")
      .one_of({kPhases.begin(), kPhases.end()});
  s.field("to_task", f.to_task,
          "follow fixed points while the noise-free input at the first step of the phase goes from that of "
          "task to that of to_task, from phases to to_phase, or both (MultiTask)");
  s.field("to_phase", f.to_phase, "see to_task").one_of({kPhases.begin(), kPhases.end()});
  s.field("way_points", f.way_points, "inputs on that way; see way_starts").range(2, 100);
  s.choice(
      "way_starts", f.way_starts, {{"ends", WayStarts::ends}, {"latents", WayStarts::latents}},
      "where the searches on the way start: at ends of the one before, which follows what there is, or all at "
      "latents, which also finds what comes up");
  s.field("from_reference", f.from_reference,
          "search from the reference's fixed points as well, brought among a model's latents by the affine "
          "map of state_r2");
  s.field(
      "coupled", f.coupled,
      "search the reference in closed loop with its arm as well (RandomTarget): states of network, muscles and arm "
      "together, at what the task shows, target and cue; with method levenberg_marquardt and no way to another input");
  s.field("jacobians", f.jacobians, "keep Jacobians and eigenvectors, not only eigenvalues");
  s.field("lr_decay", f.lr_decay, "factor of the step size; 1: constant, as in the reference").range(1e-9, 1);
  s.field("lr_decay_every", f.lr_decay_every, "updates between two such factors").range(1, 1e9);
  s.field("freeze_below", f.freeze_below, "a state with q below it stays; 0: never, as in the reference")
      .at_least(0);
  s.field("newton_steps", f.newton_steps,
          "Newton steps in double precision at the end, shortened until they lower q")
      .range(0, 1000);
}

void describe(Schema& s, DsaSettings& d) {
  s.choice("version", d.version, {{"v1", DsaVersion::v1}, {"v2", DsaVersion::v2}},
           "definitions of the DSA package before or since its rewriting in 2025");
  s.field("n_delays", d.n_delays, "delays of the embedding").range(1, 1e5);
  s.field("delay_interval", d.delay_interval, "steps between two delays").range(1, 1e5);
  s.field("rank", d.rank, "rank of the operators").range(1, 1e5);
  s.field("rank_explained_variance", d.rank_explained_variance,
          "instead of rank: part of the delay embedding's variance to keep")
      .range(1e-9, 1);
  s.field("lambda", d.lambda, "ridge of the regression").at_least(0);
  s.field("reduced_rank", d.reduced_rank, "reduced-rank instead of principal-component regression");
  s.choice("score", d.score,
           {{"auto", DsaScore::automatic},
            {"angular", DsaScore::angular},
            {"euclidean", DsaScore::euclidean},
            {"wasserstein", DsaScore::wasserstein}},
           "distance between two operators; auto: the version's default, angular in v1, wasserstein in v2");
  s.choice("wasserstein_compare", d.wasserstein_compare,
           {{"eig", DsaPoints::eigenvalues}, {"sv", DsaPoints::singular_values}},
           "points that wasserstein transports");
  s.choice("group", d.group, {{"O(n)", DsaGroup::O}, {"SO(n)", DsaGroup::SO}, {"GL(n)", DsaGroup::GL}},
           "changes of basis");
  s.field("iters", d.iters, "Adam updates of the change of basis").range(1, 1e9);
  s.field("lr", d.lr, "Adam step size").above(0).formerly("learning_rate");
  s.choice("phase", d.phase, {{"train", Phase::train}, {"val", Phase::val}, {"all", Phase::all}},
           "trials that operators are fitted to");
  s.field("percent_data", d.percent_data, "part of these trials").range(1e-9, 1);
  s.field("restarts", d.restarts, "random starts of each optimisation, of which the best counts")
      .range(1, 1000);
  s.field("permutations", d.permutations,
          "operators of each model with its time steps shuffled, whose distances to the reference are what "
          "models without dynamics would have")
      .range(0, 1000);
  s.field(
      "split_half", d.split_half,
      "the distance of operators of the reference's first and second half of trials as well: what a model "
      "without fault would have");
  s.field(
      "intervals", d.intervals,
      "distances between halves of the reference's trials and halves of each model's as well, four of each model: "
      "how sure its distance is");
  s.field("sweep_ranks", d.sweep_ranks,
          "ranks to try with each of sweep_delays on the reference, in a table of distances to the identity "
          "and between halves of the trials; none: no such table")
      .range(1, 1e5);
  s.field("sweep_delays", d.sweep_delays, "delays to try").range(1, 1e5);
  s.field(
      "sweep_joined", d.sweep_joined,
      "for that table take the trials as one series, with false transitions between them, as the reference "
      "does");
}

void describe(Schema& s, InputDsaSettings& d) {
  s.choice(
      "model", d.model, {{"dmdc", SystemModel::dmdc}, {"n4sid", SystemModel::n4sid}},
      "how systems x' = A x + B u are found: dynamic mode decomposition with control, of latents that are the "
      "state; or subspace identification, of latents that show a part of it");
  s.field("n_delays", d.n_delays, "delays of the embedding; of n4sid past steps, and future ones")
      .range(1, 1e5);
  s.field(
       "rank", d.rank,
       "states of the systems; none: all (dmdc), or what has 99.9 % of the squared singular values (n4sid)")
      .range(1, 1e5);
  s.field("lambda", d.lambda, "ridge of the regressions").at_least(0);
  s.choice("score", d.score, {{"euclidean", SystemScore::euclidean}, {"angular", SystemScore::angular}},
           "distances as norms of differences, or as angles");
  s.field("percent_data", d.percent_data, "part of the validation trials").range(1e-9, 1);
}

namespace {

void describe_window(Schema& s, WindowSettings& w) {
  s.field("task", w.task, "of validation trials of this task alone (MultiTask)");
  s.field("phase", w.phase, "phase whose first step is step 0 of a trial; none: its own first one")
      .one_of({kPhases.begin(), kPhases.end()});
  s.field("begin", w.begin, "first step").range(0, 1e6);
  s.field("steps", w.steps, "steps from there, of trials that have as many; none: what all have")
      .range(3, 1e6);
}

}  // namespace

void describe(Schema& s, RotationSettings& r) {
  s.field("components", r.components, "principal components that rotations are looked for in").range(2, 1000);
  s.field("softening", r.softening, "each neuron or latent is divided by its range and this").at_least(0);
  s.field("less_mean", r.less_mean, "take the mean over trials away, step by step");
  describe_window(s, r);
}

void describe(Schema& s, DemixSettings& d) {
  s.field(
       "factors", d.factors,
       "what conditions differ in: trial, each one of its own; or task (MultiTask), direction of the response or the "
       "reach, or both, with averages over the trials of each combination")
      .one_of({"trial", "task", "direction"})
      .length(1);
  s.field("directions", d.directions, "sectors that directions are told apart in").range(2, 360);
  s.field("components", d.components, "components of each part, at most").range(1, 1000);
  s.field("regulariser", d.regulariser, "of the regressions, times the sum of squares").at_least(0);
  s.field("join_time", d.join_time, "what a factor does and what it does over time are one part; false: two");
  describe_window(s, d);
}

bool FixedPointSettings::asks_for(const std::string& input) const {
  return std::ranges::find(inputs, input) != inputs.end();
}

bool DemixSettings::tells(const std::string& factor) const {
  return std::ranges::find(factors, factor) != factors.end();
}

bool Config::has(const std::string& part) const { return std::ranges::find(parts, part) != parts.end(); }

void describe(Schema& s, Config& c) {
  s.group("reference", c.reference, "what models are compared with");
  s.group("models", c.models, "what is compared");
  s.field("parts", c.parts,
          "what is computed beside the scores; settings of a part that is left out stand by")
      .one_of({"fixed_points", "dsa", "input_dsa", "jpca", "dpca"});
  s.group("metrics", c.metrics, "scores");
  s.group("fixed_points", c.fixed_points, "search for states that stay");
  s.group("dsa", c.dsa, "dynamical similarity analysis");
  s.group("input_dsa", c.input_dsa, "dynamical similarity with inputs");
  s.group("jpca", c.jpca, "rotations of latents and rates");
  s.group("dpca", c.dpca, "demixed components of latents and rates");
}

namespace {

// Of parts that are computed: what those that `parts` leaves out would read stands by.
std::vector<KeyUse> key_uses(const Config& c) {
  const FixedPointSettings& f = c.fixed_points;
  const DsaSettings& d = c.dsa;
  const bool optimises = d.scored_by() != DsaScore::wasserstein, no_points = !c.has("fixed_points"),
             no_dsa = !c.has("dsa"), sweeps = !d.sweep_ranks.empty();
  return {{{"fixed_points.lr_decay_every"}, no_points || f.lr_decay < 1, "fixed_points.lr_decay below 1"},
          {{"fixed_points.slow_thresh"},
           no_points || f.slow_thresh > f.q_thresh,
           "a value above fixed_points.q_thresh"},
          {{"fixed_points.way_points", "fixed_points.way_starts"},
           no_points || f.goes_on(),
           "fixed_points.to_task or fixed_points.to_phase"},
          {{"dsa.rank"}, no_dsa || !d.rank_explained_variance, "no dsa.rank_explained_variance"},
          {{"dsa.wasserstein_compare"}, no_dsa || !optimises, "dsa.score: wasserstein"},
          {{"dsa.restarts"}, no_dsa || optimises || sweeps, "dsa.score: angular or euclidean"},
          {{"dsa.group", "dsa.iters", "dsa.lr"}, no_dsa || optimises, "dsa.score: angular or euclidean"},
          {{"dsa.sweep_joined"}, no_dsa || sweeps, "dsa.sweep_ranks and dsa.sweep_delays"},
          {{"dpca.directions"}, !c.has("dpca") || c.dpca.tells("direction"), "dpca.factors: [direction]"}};
}

}  // namespace

// Configs of the search as published go on to be used with the other method.
std::vector<UnusedKey> unused_keys_of_adam(const Config& c) {
  return unused_keys(c, {{{"fixed_points.lr", "fixed_points.lr_decay", "fixed_points.lr_decay_every"},
                          !c.has("fixed_points") || c.fixed_points.method == SearchMethod::adam,
                          "fixed_points.method: adam"}});
}

namespace {

void check_fixed_points(const Config& c, Problems& problems) {
  const FixedPointSettings& f = c.fixed_points;
  if (f.goes_on() && f.phases.size() != 1)
    problems.add("fixed_points.phases", "no way without a beginning", "one phase with to_task or to_phase",
                 std::to_string(f.phases.size()));
  if (f.asks_for("phase") && f.phases.size() != 1)
    problems.add("fixed_points.phases", "no phase to take the input of", "one phase with inputs: [phase]",
                 std::to_string(f.phases.size()));
  if (f.coupled && !c.reference.task_model)
    problems.add("fixed_points.coupled", "no network to couple", "true with reference.task_model", "true");
  if (f.coupled && f.goes_on())
    problems.add("fixed_points.coupled", "no way of network and arm together",
                 "false with to_task or to_phase", "true");
  if (f.coupled && f.method == SearchMethod::adam)
    problems.add("fixed_points.method", "not for network and arm together",
                 "levenberg_marquardt with coupled: true", "adam");
}

void check_dsa(const DsaSettings& d, Problems& problems) {
  if (d.version == DsaVersion::v2 && d.group != DsaGroup::O)
    problems.add("dsa.group", "not in version v2", "O(n)", d.group == DsaGroup::SO ? "SO(n)" : "GL(n)");
  if (d.version == DsaVersion::v2 && d.wasserstein_compare == DsaPoints::singular_values)
    problems.add("dsa.wasserstein_compare", "not in version v2", "eig", "sv");
  if (d.sweep_ranks.empty() != d.sweep_delays.empty())
    problems.add("dsa.sweep_ranks", "half a table", "both of sweep_ranks and sweep_delays, or none",
                 std::to_string(d.sweep_ranks.size()) + " ranks, " + std::to_string(d.sweep_delays.size()) +
                     " delays");
  if (d.reduced_rank && d.rank_explained_variance)
    problems.add("dsa.rank_explained_variance", "not with reduced_rank", "null", "a number");
}

void check_dpca(const DemixSettings& d, Problems& problems) {
  const auto& factors = d.factors;
  if (std::set<std::string>(factors.begin(), factors.end()).size() != factors.size() ||
      (d.tells("trial") && factors.size() > 1))
    problems.add("dpca.factors", "no conditions", "trial alone, or task and direction once each",
                 std::to_string(factors.size()) + " factors");
}

}  // namespace

void check(const Config& c, Problems& problems) {
  refuse(unused_keys(c, key_uses(c)), problems);
  const ModelSettings& m = c.models;
  if (!m.groups.empty() && m.groups.size() != m.names.size())
    problems.add("models.groups", "not one for each name", std::to_string(m.names.size()) + " groups",
                 std::to_string(m.groups.size()));
  if (std::set<std::string>(m.names.begin(), m.names.end()).size() != m.names.size())
    problems.add("models.names", "a name twice", "each name once", std::to_string(m.names.size()) + " names");
  for (const std::string& name : m.names)
    if (name.empty() || name == "reference" || name.find('/') != std::string::npos)
      problems.add("models.names", "not a name", "text without /, other than reference", "'" + name + "'");
  if (c.reference.latents == ReferenceLatents::resimulate && !c.reference.task_model)
    problems.add("reference.latents", "no network to simulate", "resimulate with reference.task_model",
                 "resimulate");
  if (c.has("fixed_points")) check_fixed_points(c, problems);
  if (c.has("dsa")) check_dsa(c.dsa, problems);
  if (c.has("dpca")) check_dpca(c.dpca, problems);
}

}  // namespace tsd::compare
