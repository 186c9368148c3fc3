#include "families/ctd/compare/outputs.hpp"

#include "families/ctd/compare/similarity/sweep.hpp"

namespace tsd::compare {

namespace {

std::vector<Output> all_outputs() {
  std::vector<Output> all = {
      {"/models/name", "model", "", "names; the reference first"},
      {"/models/group", "model", "", "groups; the reference is in none"},
      {"/models/file", "model", "", "files"},
      {"/metrics/<metric>", "model", "",
       "score of validation trials as in metrics.csv, state_r2 and input_r2 by maps fitted to training "
       "trials; "
       "NaN where a model has none. The reference's row is what true rates and latents get"},
      {"/metrics_nodropout/<metric>", "model", "",
       "scores of outputs without dropout, where those in metrics are with it"},
      {"/groups/name", "group", "", "groups in order of appearance"},
      {"/groups/<metric>/n", "group", "", "models with a finite score"},
      {"/groups/<metric>/mean", "group", "", "mean of these"},
      {"/groups/<metric>/sd", "group", "", "sample standard deviation"},
      {"/groups/<metric>/half_width", "group", "", "of Student's confidence interval of the mean"},
      {"/cycle/<name>/singular_values", "component", "", "of the regression from latents to log-rates"},
      {"/cycle/<name>/n_components", "", "", "leading components that cycle_con keeps"},
      {"/align/pca_ref/mean", "reference unit", "", "mean of the reference's validation latents"},
      {"/align/pca_ref/components", "reference component,reference unit", "", "their principal directions"},
      {"/align/pca_ref/explained_variance_ratio", "reference component", "", "part of their variance"},
      {"/align/<name>/coef", "reference component,unit", "",
       "affine map from latents to the reference's components"},
      {"/align/<name>/intercept", "reference component", "", "its constant part"},
      {"/align/<name>/projected_val", "trial,time,component", "",
       "validation latents under this map, leading components; NaN in the padding"},
      {"/scree/<name>", "component #", "", "variance ratios of the principal components of all latents"},
      {"/fp/<name>/<input>/inputs", "start,input", "", "constant input of each search"},
      {"/fp/<name>/<input>/x_init", "start,unit", "", "state that it starts from"},
      {"/fp/<name>/<input>/xstar", "start,unit", "", "state that it ends in, after Newton steps if any"},
      {"/fp/<name>/<input>/qstar", "start", "", "q before Adam's last update"},
      {"/fp/<name>/<input>/dq", "start", "", "its change at that update"},
      {"/fp/<name>/<input>/q_final", "start", "", "q at xstar"},
      {"/fp/<name>/<input>/n_iters", "start", "",
       "updates of the start, fewer than max_iters where freeze_below ended them"},
      {"/fp/<name>/<input>/mean_q", "record", "", "mean of q over starts, after each 100 updates"},
      {"/fp/<name>/<input>/eigval", "start,eigenvalue,part", "",
       "eigenvalues of the Jacobian at xstar by decreasing modulus; real and imaginary part"},
      {"/fp/<name>/<input>/J", "start,unit,other unit", "", "Jacobian, a row for each output"},
      {"/fp/<name>/<input>/eigvec", "start,unit,eigenvalue,part", "", "its eigenvectors, in columns"},
      {"/fp/<name>/<input>/is_stable", "start", "", "1 where all eigenvalues lie within the unit circle"},
      {"/fp/<name>/<input>/n_unstable", "start", "", "eigenvalues beyond the unit circle"},
      {"/fp/<name>/<input>/unique_index", "start", "",
       "start whose end stands for this one; -1 where q is above the threshold"},
      {"/fp/<name>/<input>/match/point", "point", "", "start of a fixed point that stands for itself"},
      {"/fp/<name>/<input>/match/reference_point", "point", "", "start of the reference's nearest one"},
      {"/fp/<name>/<input>/match/distance", "point", "", "distance in the reference's components"},
      {"/fp/<name>/<input>/match/spectrum", "point", "",
       "mean squared distance of the leading eigenvalues of both, as many as both have, in the best pairing"},
      {"/fp/<name>/<input>/match/same_index", "point", "", "1 where both have as many unstable directions"},
      {"/dsa/sims", "model,other model", "", "distances of operators"},
      {"/dsa/A_v", "model,component,other component", "",
       "operators of delay embeddings in principal coordinates; NaN beyond the rank"},
      {"/dsa/cumulative_variance", "model,component", "", "part of the embedding's variance"},
      {"/dsa/losses", "model,other model", "",
       "squared distance after normalisation, before Adam's last update"},
      {"/dsa/C_star", "model,component,other component", "",
       "change of basis that brings a model's operator closest to the reference's"},
      {"/dsa/permuted", "model,permutation", "",
       "distance of the reference to models with shuffled time steps"},
      {"/dsa/split_half", "", "", "distance between the halves of the reference's trials"},
      {"/dsa/sweep/rank", "setting", "", "ranks that were tried"},
      {"/dsa/sweep/n_delays", "setting", "", "delays that they were tried with"},
      {"/dsa/sweep/suggested", "setting", "",
       "1 where the distance between halves is the least part of the distance to the identity"},
  };
  train::add_outputs(kSweepRows, "/dsa/sweep", all, "setting");
  return all;
}

}  // namespace

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = all_outputs();
  return all;
}

Meaning meaning_of(const std::string& path) { return tsd::meaning_of(outputs(), path); }

}  // namespace tsd::compare
