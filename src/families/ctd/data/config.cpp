#include "families/ctd/data/config.hpp"

#include "tsd/engine/schema/key_use.hpp"

namespace tsd::ctd_data {

void describe(Schema& s, DataSettings& d) {
  s.field("file", d.file,
          "recording: HDF5 with the keys of ctd-simulate, lfads-torch or the Neural Latents Benchmark")
      .must_exist();
  s.field(
       "sessions", d.sessions,
       "recordings of other neurons that are fitted together with file (LFADS): dynamics in common, read-in and "
       "readout of each neuron its own")
      .must_exist();
  s.field("provide_inputs", d.provide_inputs, "the model sees the recorded inputs");
  s.field("batch_size", d.batch_size, "trials per update").range(1, 1e6);
  s.field("reshuffle_tv_seed", d.reshuffle_tv_seed,
          "split training and validation trials anew with this seed, as scikit-learn does; null: as recorded")
      .range(0, 4294967295.0);
  s.field("reshuffle_tv_ratio", d.reshuffle_tv_ratio,
          "fraction of trials for validation in the new split; null: as many as recorded")
      .above(0)
      .below(1);
  s.field("sv_rate", d.sv_rate, "fraction of held-in samples kept from the encoders for validation (LFADS)")
      .range(0, 0.999);
  s.field("sv_seed", d.sv_seed, "seed of that choice").range(0, 4294967295.0);
}

namespace {

void describe_sae(Schema& s, SaeSpec& m) {
  s.choice("cell", m.cell,
           {{"gru", CellType::gru},
            {"vanilla", CellType::vanilla},
            {"node", CellType::node},
            {"lds", CellType::lds}},
           "decoder's recurrent cell (SAE)");
  s.field("latent_size", m.latent_size, "decoder's units (SAE)").range(1, 4096);
  s.field("encoder_size", m.encoder_size, "encoder's units per direction (SAE)").range(1, 4096);
  s.field("encoder_window", m.encoder_window,
          "end of the encoder's part of a trial, as in a Python slice: -1 leaves the last step out, 0 "
          "nothing (SAE)");
  s.field("vf_hidden_size", m.vf_hidden_size, "width of the vector field's layers (node)").range(1, 65536);
  s.field("vf_num_layers", m.vf_num_layers, "hidden layers of the vector field (node)").range(1, 64);
  s.choice("readout", m.readout,
           {{"linear", Readout::linear}, {"mlp", Readout::mlp}, {"flow", Readout::flow}},
           "from latents to log-rates (SAE)");
  s.field("readout_hidden_size", m.readout_hidden_size, "width of the readout's layers (mlp, flow)")
      .range(1, 65536);
  s.field("readout_num_layers", m.readout_num_layers, "hidden layers of the readout (mlp, flow)")
      .range(1, 64);
  s.field("flow_num_steps", m.flow_num_steps, "Euler steps of the readout (flow)").range(1, 10000);
  s.field("inv_encoder", m.inv_encoder, "the initial state comes through the reversed readout (flow)");
}

void describe_lfads(Schema& s, LfadsSpec& m) {
  s.field("ic_enc_seq_len", m.ic_enc_seq_len,
          "first steps, seen by the encoder of the initial state alone; 0: both encoders see all")
      .range(0, 100000)
      .unit("steps");
  s.field("ic_enc_dim", m.ic_enc_dim, "units of the initial state's encoder, per direction").range(1, 4096);
  s.field("ic_dim", m.ic_dim, "numbers that code the initial state").range(1, 4096);
  s.field("ci_enc_dim", m.ci_enc_dim, "units of the controller's encoder, per direction; 0: no controller")
      .range(0, 4096);
  s.field("ci_lag", m.ci_lag, "steps by which the controller's view is behind").range(0, 10000);
  s.field("con_dim", m.con_dim, "units of the controller; 0: none").range(0, 4096);
  s.field("co_dim", m.co_dim, "inferred inputs; 0: no controller").range(0, 4096);
  s.field("gen_dim", m.gen_dim, "units of the generator").range(1, 4096);
  s.field("fac_dim", m.fac_dim, "factors").range(1, 4096);
  s.field(
       "readin_dim", m.readin_dim,
       "numbers that the held-in neurons of each session are read into before the encoders, by weights that are "
       "not trained; with data.sessions")
      .range(0, 4096);
  s.choice(
      "readin", m.readin, {{"random", Readin::random}, {"recorded", Readin::recorded}},
      "these weights: drawn, or readin_weight and readout_bias of each recording (scripts/session_readin makes "
      "them), whose pseudo-inverse begins the readout; with data.sessions");
  s.field(
      "log_bias", m.log_bias,
      "a readout begins with the logarithms of readout_bias, as its outputs are; the reference takes counts for "
      "log-rates (readin: recorded)");
  s.field("cell_clip", m.cell_clip, "largest size of a unit's activity").above(0);
  s.field("ic_post_var_min", m.ic_post_var_min, "least variance of the initial state's posterior")
      .at_least(0);
  s.field("variational", m.variational, "sample from posteriors, and weigh their distance from the priors");
  s.field("ic_prior_mean", m.ic_prior_mean, "mean of the initial state's normal prior, at the start");
  s.field("ic_prior_variance", m.ic_prior_variance, "its variance").above(0);
  s.choice("co_prior", m.co_prior,
           {{"autoregressive", CoPrior::autoregressive}, {"student_t", CoPrior::student_t}},
           "prior of the inferred inputs");
  s.field("co_prior_tau", m.co_prior_tau, "time constant at the start (autoregressive)")
      .above(0)
      .unit("steps");
  s.field("co_prior_nvar", m.co_prior_nvar, "variance of the steps at the start (autoregressive)").above(0);
  s.field("co_prior_loc", m.co_prior_loc, "location at the start (student_t); in effect with loc_fix");
  s.field("co_prior_scale", m.co_prior_scale, "scale at the start (student_t)").above(0);
  s.field("co_prior_df", m.co_prior_df, "degrees of freedom (student_t)").above(0);
  s.field("loc_fix", m.loc_fix,
          "the location starts at co_prior_loc, not at co_prior_scale as in the reference");
  s.choice("likelihood", m.likelihood,
           {{"poisson", Likelihood::poisson},
            {"mse", Likelihood::mse},
            {"gaussian", Likelihood::gaussian},
            {"gamma", Likelihood::gamma},
            {"zero_inflated_gamma", Likelihood::zero_inflated_gamma}},
           "of the data given the outputs");
  s.field("gamma_loc", m.gamma_loc, "least value that is not 0 (zero_inflated_gamma)");
  s.field("scale_init", m.scale_init, "neurons' factors at the start (zero_inflated_gamma)").above(0);
  s.field("scale_prior", m.scale_prior, "value that their penalty draws them to (zero_inflated_gamma)")
      .may_change();
  s.field("scale_penalty", m.scale_penalty, "weight of the penalty (zero_inflated_gamma)")
      .at_least(0)
      .may_change();
}

}  // namespace

void describe(Schema& s, ModelSpec& m) {
  s.choice("family", m.family, {{"sae", ModelFamily::sae}, {"lfads", ModelFamily::lfads}},
           "sequential auto-encoder, or latent factor analysis via dynamical systems");
  s.field("dropout", m.dropout, "probability of the dropouts").range(0, 0.999).may_change();
  describe_sae(s, m.sae);
  describe_lfads(s, m.lfads);
}

void describe(Schema& s, TrainSettings& t) {
  s.field("epochs", t.epochs, "end of the training; 0: none, the weights are evaluated as they are")
      .formerly("max_epochs")
      .range(0, 1e9)
      .unit("epochs")
      .may_change();
  s.field("lr", t.lr, "step size of Adam (SAE), AdamW (LFADS)").above(0).may_change();
  s.field("weight_decay", t.weight_decay,
          "SAE: L2 term, added to the clipped gradient; LFADS: decoupled, times the L2 ramp")
      .at_least(0)
      .may_change();
  s.field("grad_clip", t.grad_clip, "largest 2-norm of the gradient; 0: no limit").at_least(0).may_change();
  s.field("adam_epsilon", t.adam_epsilon, "added to the root of the second moment").above(0).may_change();
  s.choice("loss", t.loss, {{"poisson", LossKind::poisson}, {"multitask", LossKind::multitask}},
           "SAE: all steps alike, or those within each trial over its length");
  s.field("lr_scheduler", t.lr_scheduler, "lower the step size on plateaus (LFADS)");
  s.field("lr_stop", t.lr_stop, "least step size (LFADS)").at_least(0).may_change();
  s.field("lr_decay", t.lr_decay, "factor on a plateau (LFADS)").above(0).below(1).may_change();
  s.field("lr_patience", t.lr_patience, "epochs of a plateau that are borne (LFADS)")
      .range(0, 1e9)
      .unit("epochs")
      .may_change();
  s.field("early_stopping_patience", t.early_stopping_patience,
          "epochs without improvement that end the training (LFADS); 0: none do")
      .range(0, 1e9)
      .unit("epochs")
      .may_change();
  s.field("loss_scale", t.loss_scale, "factor of the whole loss (LFADS)").above(0).may_change();
  s.field("recon_reduce_mean", t.recon_reduce_mean,
          "mean of the reconstruction over all elements, not sum over steps and neurons (LFADS)");
  s.field("l2_start_epoch", t.l2_start_epoch, "first epoch of the L2 ramp (LFADS)")
      .range(0, 1e9)
      .may_change();
  s.field("l2_increase_epoch", t.l2_increase_epoch, "length of the L2 ramp (LFADS)")
      .range(0, 1e9)
      .unit("epochs")
      .may_change();
  s.field("kl_start_epoch", t.kl_start_epoch, "first epoch of the KL ramp (LFADS)")
      .range(0, 1e9)
      .may_change();
  s.field("kl_increase_epoch", t.kl_increase_epoch, "length of the KL ramp (LFADS)")
      .range(0, 1e9)
      .unit("epochs")
      .may_change();
  s.field("kl_ic_scale", t.kl_ic_scale, "weight of the initial states' KL divergence (LFADS)")
      .at_least(0)
      .may_change();
  s.field("kl_co_scale", t.kl_co_scale, "weight of the inferred inputs' KL divergence (LFADS)")
      .at_least(0)
      .may_change();
  s.field("l2_ic_enc_scale", t.l2_ic_enc_scale,
          "weight of the IC encoder's recurrent weights in the L2 term (LFADS)")
      .at_least(0)
      .may_change();
  s.field("l2_ci_enc_scale", t.l2_ci_enc_scale, "the same of the CI encoder").at_least(0).may_change();
  s.field("l2_con_scale", t.l2_con_scale, "the same of the controller").at_least(0).may_change();
  s.field("l2_gen_scale", t.l2_gen_scale, "the same of the generator").at_least(0).may_change();
  s.field("l2_readout_scale", t.l2_readout_scale, "the same of the readout, bias included")
      .at_least(0)
      .may_change();
}

void describe(Schema& s, AugmentSettings& a) {
  s.field("cd_rate", a.cd_rate,
          "coordinated dropout: probability that a sample is hidden, and then alone learnt from")
      .range(0, 0.999)
      .may_change();
  s.field("cd_pass_rate", a.cd_pass_rate,
          "probability that a sample that was seen is learnt from all the same")
      .range(0, 1)
      .may_change();
  s.field("spike_jitter_width", a.spike_jitter_width, "each spike moves by up to so many steps")
      .range(0, 10000)
      .unit("steps");
  s.field("temporal_shift_std", a.temporal_shift_std,
          "standard deviation of a shift of each neuron and trial; 0: none")
      .at_least(0)
      .unit("steps");
  s.field("temporal_shift_max", a.temporal_shift_max, "largest shift").range(0, 10000).unit("steps");
  s.field("share_shift", a.share_shift, "the same moves in the target; the reference draws others for it");
  s.field("ignore_nan", a.ignore_nan,
          "missing samples of validation trials don't count, finite ones count more");
  s.field("scale_by_quadrant", a.scale_by_quadrant,
          "the latter by held-in and held-out neurons, steps encoded and later");
  s.field("selective_backprop", a.selective_backprop,
          "missing samples of training trials are 0 to the encoder and don't count");
  s.field("trial_length_mask", a.trial_length_mask,
          "in training, steps after a trial's end don't count; all are divided by the batch's mean length "
          "(LFADS)");
  s.field("trial_length_mask_valid", a.trial_length_mask_valid, "the same in validation");
}

void describe(Schema& s, NlbSettings& n) {
  s.field("dataset", n.dataset,
          "name of the predictions' group, as mc_maze_20; of those of the benchmark the steps are checked");
  s.field(
       "target", n.target,
       "HDF5 file of what predictions are scored against, as nlb_tools makes it; null: the recording itself")
      .must_exist()
      .read_by({"nlb"});
  s.field("behaviors", n.behaviors,
          "datasets train_<name> and eval_<name> that a ridge regression decodes from rates, where they are");
  s.field("baselines", n.baselines,
          "what is scored beside the model: smoothing, factor_analysis, gpfa; true rates are where there are "
          "such")
      .one_of({"smoothing", "factor_analysis", "gpfa"});
  s.field("smoothing_sd", n.smoothing_sd,
          "standard deviations of the baselines' Gaussian to choose from by training trials")
      .above(0)
      .length(1)
      .unit("steps");
  s.field("latents", n.latents, "of factor_analysis and gpfa").range(1, 256);
  s.read_by({"nlb"});
}

void describe(Schema& s, Config& c) {
  s.group("data", c.data, "what the model learns from");
  s.group("model", c.model, "the model");
  s.group("train", c.train, "how it learns");
  s.group("augment", c.augment, "what is done to a batch and its loss (LFADS)");
  s.group("nlb", c.nlb, "predictions and scores as of the Neural Latents Benchmark, and baselines");
  s.choice("save", c.save, {{"last", Kept::last}, {"best", Kept::best}, {"both", Kept::both}},
           "whose outputs are kept: of the last weights, or of the best in validation; both: those of the "
           "last, and the best weights beside");
  s.field("metrics_every", c.metrics_every,
          "epochs from one comparison with the true rates and latents to the next; 0: none")
      .range(0, 1e9);
  s.field("metrics_ica", c.metrics_ica,
          "there, turn the generator's inputs to independent components before input_r2_to_true and "
          "input_r2_to_inferred (LFADS)");
  s.field(
       "posterior_samples", c.posterior_samples,
       "outputs are means over so many samples of the posteriors (LFADS); 0: those of the posteriors' means")
      .range(0, 100000)
      .read_by({"nlb"});
  s.choice("eval_dropout", c.eval_dropout,
           {{"none", EvalDropout::none}, {"reference", EvalDropout::reference}},
           "reference: outputs with dropout as well, which the reference compares; those without are always "
           "there");
  s.field("weights", c.weights, "safetensors file of parameters to start from, PyTorch's names")
      .must_exist()
      .read_before_the_first_step();
  describe_backend(s, c.backend);
}

namespace {

void check_sae(const Config& c, Problems& problems) {
  const AugmentSettings& a = c.augment;
  if (a.cd_rate > 0 || a.spike_jitter_width > 0 || a.temporal_shift_std > 0 || a.ignore_nan ||
      a.selective_backprop || a.trial_length_mask || a.trial_length_mask_valid)
    problems.add("augment", "for LFADS alone", "nothing with model.family sae", "some");
  if (c.posterior_samples > 0)
    problems.add("posterior_samples", "for LFADS alone", "0 with model.family sae",
                 std::to_string(c.posterior_samples));
  if (!c.data.sessions.empty())
    problems.add("data.sessions", "for LFADS alone", "none with model.family sae",
                 std::to_string(c.data.sessions.size()));
  if (c.data.sv_rate > 0)
    problems.add("data.sv_rate", "for LFADS alone", "0 with model.family sae", number_text(c.data.sv_rate));
  if (c.backend == BackendChoice::native && c.model.sae.readout != Readout::linear)
    problems.add("backend", "this readout is there as plain LibTorch only", "auto or torch", "native");
}

void check_recorded_readin(const LfadsSpec& m, Problems& problems) {
  if (m.fac_dim != m.readin_dim)
    problems.add("model.fac_dim", "readouts begin as the inverse of read-ins",
                 "model.readin_dim, " + std::to_string(m.readin_dim) + ", with model.readin: recorded",
                 std::to_string(m.fac_dim));
  if (m.outputs_per_neuron() > 1)
    problems.add("model.likelihood", "readouts begin as the inverse of read-ins",
                 "poisson or mse, which have one output for each neuron, with model.readin: recorded",
                 std::to_string(m.outputs_per_neuron()) + " outputs");
}

void check_sessions(const Config& c, Problems& problems) {
  const AugmentSettings& a = c.augment;
  if (c.model.lfads.readin_dim == 0)
    problems.add("model.readin_dim", "sessions have neurons of their own", "above 0 with data.sessions", "0");
  if (c.model.lfads.readin == Readin::recorded) check_recorded_readin(c.model.lfads, problems);
  if (a.ignore_nan || a.selective_backprop || a.spike_jitter_width > 0 || a.temporal_shift_std > 0)
    problems.add("augment", "for one session",
                 "coordinated dropout and trials' lengths alone with data.sessions",
                 "ignore_nan, selective_backprop, spike_jitter_width or temporal_shift_std");
  if (c.data.sv_rate > 0)
    problems.add("data.sv_rate", "for one session", "0 with data.sessions", number_text(c.data.sv_rate));
}

void check_lfads(const Config& c, Problems& problems) {
  const LfadsSpec& m = c.model.lfads;
  const bool some = m.ci_enc_dim > 0 || m.con_dim > 0 || m.co_dim > 0;
  if (some && !m.has_controller())
    problems.add(
        "model.co_dim", "half a controller", "ci_enc_dim, con_dim and co_dim all 0 or all above",
        std::to_string(m.ci_enc_dim) + ", " + std::to_string(m.con_dim) + ", " + std::to_string(m.co_dim));
  if (c.train.loss != LossKind::poisson)
    problems.add("train.loss", "for SAE alone",
                 "poisson with model.family lfads, and augment.trial_length_mask", "multitask");
  const bool missing = c.augment.ignore_nan || c.augment.selective_backprop;
  if (!c.data.sessions.empty()) check_sessions(c, problems);
  if (c.augment.spike_jitter_width > 0 && missing)
    problems.add("augment.spike_jitter_width", "missing samples have no spikes to move",
                 "0 with ignore_nan or selective_backprop", std::to_string(c.augment.spike_jitter_width));
  if (c.posterior_samples > 0 && !m.variational)
    problems.add("posterior_samples", "no posterior to sample from", "0 without model.variational",
                 std::to_string(c.posterior_samples));
  const bool native = m.likelihood == Likelihood::poisson;
  if (c.backend == BackendChoice::native && !native)
    problems.add("backend", "this likelihood is there as plain LibTorch only", "auto or torch", "native");
}

}  // namespace

namespace {

std::vector<KeyUse> sae_keys(const Config& c) {
  const SaeSpec& m = c.model.sae;
  const bool sae = !c.model.is_lfads();
  return {{{"model.cell", "model.latent_size", "model.encoder_size", "model.encoder_window", "model.readout"},
           sae,
           "model.family: sae"},
          {{"model.vf_hidden_size", "model.vf_num_layers"},
           sae && m.cell == CellType::node,
           "model.family: sae with cell: node"},
          {{"model.readout_hidden_size", "model.readout_num_layers"},
           sae && m.readout != Readout::linear,
           "model.family: sae with readout: mlp or flow"},
          {{"model.flow_num_steps", "model.inv_encoder"},
           sae && m.readout == Readout::flow,
           "model.family: sae with readout: flow"}};
}

std::vector<KeyUse> lfads_keys(const Config& c) {
  const LfadsSpec& m = c.model.lfads;
  const TrainSettings& t = c.train;
  const bool lfads = c.model.is_lfads(), controlled = lfads && m.has_controller(),
             variational = lfads && m.variational, inferred = variational && controlled,
             student = inferred && m.co_prior == CoPrior::student_t,
             zero_inflated = lfads && m.likelihood == Likelihood::zero_inflated_gamma;
  const bool penalised = t.l2_ic_enc_scale > 0 || t.l2_ci_enc_scale > 0 || t.l2_con_scale > 0 ||
                         t.l2_gen_scale > 0 || t.l2_readout_scale > 0 || t.weight_decay > 0;
  return {{{"model.ic_enc_seq_len", "model.ic_enc_dim", "model.ic_dim", "model.ci_enc_dim", "model.con_dim",
            "model.co_dim", "model.gen_dim", "model.fac_dim", "model.cell_clip", "model.ic_post_var_min",
            "model.variational", "model.likelihood", "train.lr_scheduler", "train.early_stopping_patience",
            "train.loss_scale", "train.recon_reduce_mean", "train.l2_ic_enc_scale", "train.l2_gen_scale",
            "train.l2_readout_scale"},
           lfads,
           "model.family: lfads"},
          {{"model.ci_lag", "train.l2_ci_enc_scale", "train.l2_con_scale"},
           controlled,
           "a controller (model.co_dim and others above 0)"},
          {{"model.ic_prior_mean", "model.ic_prior_variance", "train.kl_ic_scale", "train.kl_start_epoch",
            "train.kl_increase_epoch"},
           variational,
           "model.family: lfads with variational: true"},
          {{"model.co_prior", "train.kl_co_scale"},
           inferred,
           "a controller (model.co_dim and others above 0) with variational: true"},
          {{"model.co_prior_tau", "model.co_prior_nvar"},
           inferred && !student,
           "a controller with model.co_prior: autoregressive"},
          {{"model.co_prior_scale", "model.co_prior_df", "model.loc_fix"},
           student,
           "a controller with model.co_prior: student_t"},
          {{"model.co_prior_loc"}, student && m.loc_fix, "model.co_prior: student_t with loc_fix: true"},
          {{"model.gamma_loc", "model.scale_init", "model.scale_prior", "model.scale_penalty"},
           zero_inflated,
           "model.likelihood: zero_inflated_gamma"},
          {{"train.lr_stop", "train.lr_decay", "train.lr_patience"},
           lfads && t.lr_scheduler,
           "model.family: lfads with train.lr_scheduler: true"},
          {{"train.l2_start_epoch", "train.l2_increase_epoch"},
           lfads && penalised,
           "model.family: lfads with a weight decay or an L2 scale above 0"}};
}

std::vector<KeyUse> other_keys(const Config& c) {
  const AugmentSettings& a = c.augment;
  const LfadsSpec& m = c.model.lfads;
  return {{{"data.reshuffle_tv_ratio"}, c.data.reshuffle_tv_seed.has_value(), "data.reshuffle_tv_seed"},
          {{"data.sv_seed"}, c.data.sv_rate > 0, "data.sv_rate above 0"},
          {{"model.readin_dim", "model.readin"}, !c.data.sessions.empty(), "data.sessions"},
          {{"model.log_bias"},
           m.readin == Readin::recorded && m.likelihood == Likelihood::poisson,
           "model.readin: recorded with model.likelihood: poisson"},
          {{"augment.cd_pass_rate"}, a.cd_rate > 0, "augment.cd_rate above 0"},
          {{"augment.temporal_shift_max"}, a.temporal_shift_std > 0, "augment.temporal_shift_std above 0"},
          {{"augment.share_shift"},
           a.temporal_shift_std > 0 || a.spike_jitter_width > 0,
           "augment.temporal_shift_std or spike_jitter_width above 0"},
          {{"augment.scale_by_quadrant"}, a.ignore_nan, "augment.ignore_nan: true"},
          {{"metrics_ica"},
           c.model.is_lfads() && c.metrics_every > 0,
           "model.family: lfads with metrics_every above 0"}};
}

}  // namespace

void check(const Config& c, Problems& problems) {
  for (const auto& keys : {sae_keys(c), lfads_keys(c), other_keys(c)}) refuse(unused_keys(c, keys), problems);
  if (c.model.is_lfads())
    check_lfads(c, problems);
  else
    check_sae(c, problems);
}

}  // namespace tsd::ctd_data
