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
      {"/likeness/<measure>", "model", "",
       "likeness to the reference, val: cka, procrustes (disparity: 0 is equal), cca (mean correlation) of latents; "
       "neuron_r2 (mean), component_r2 (weighted by variance, by maps fitted to training trials), "
       "co_bps_normalised (true rates have 1)"},
      {"/likeness_of/<name>/neuron_r2", "neuron", "", "R2 of each neuron's rates"},
      {"/likeness_of/<name>/component_r2", "reference component", "",
       "R2 of the reference's principal components, by the affine map from latents fitted to training trials"},
      {"/likeness_of/<name>/canonical", "direction", "", "canonical correlations of latents, descending"},
      {"/jpca/<name>/<what>/variance_ratio", "component", "",
       "part of the variance of latents or rates in the principal components that rotations are looked for in"},
      {"/jpca/<name>/<what>/frequency", "plane", "rad/step",
       "of the rotation in each plane, descending; the sine of what a step turns"},
      {"/jpca/<name>/<what>/plane_variance", "plane", "", "part of the components' variance in the plane"},
      {"/jpca/<name>/<what>/r2", "", "", "of what changes in a step, by the skew-symmetric matrix"},
      {"/jpca/<name>/<what>/r2_free", "", "", "the same by any matrix"},
      {"/jpca/<name>/<what>/skew", "component,other component", "", "the skew-symmetric matrix"},
      {"/jpca/<name>/<what>/planes", "axis,component", "", "two orthonormal axes of each plane"},
      {"/jpca/<name>/<what>/projected", "trial,time,axis", "", "courses on these axes"},
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
      {"/fp/<name>/<input>/x_init", "start,unit", "", "state that it starts from, after relax_steps"},
      {"/fp/<name>/<input>/xstar", "start,unit", "", "state that it ends in, after Newton steps if any"},
      {"/fp/<name>/<input>/qstar", "start", "",
       "q before Adam's last update; of levenberg_marquardt at the end"},
      {"/fp/<name>/<input>/dq", "start", "", "its change at the last update"},
      {"/fp/<name>/<input>/q_final", "start", "", "q at xstar"},
      {"/fp/<name>/<input>/n_iters", "start", "",
       "updates of the start, fewer than max_iters where freeze_below or convergence ended them"},
      {"/fp/<name>/<input>/mean_q", "record", "", "mean of q over starts, after each 100 updates"},
      {"/fp/<name>/<input>/eigval", "start,eigenvalue,part", "",
       "eigenvalues of the Jacobian at xstar by decreasing modulus; real and imaginary part"},
      {"/fp/<name>/<input>/J", "start,unit,other unit", "", "Jacobian, a row for each output"},
      {"/fp/<name>/<input>/eigvec", "start,unit,eigenvalue,part", "", "its eigenvectors, in columns"},
      {"/fp/<name>/<input>/is_stable", "start", "", "1 where all eigenvalues lie within the unit circle"},
      {"/fp/<name>/<input>/n_unstable", "start", "", "eigenvalues beyond the unit circle"},
      {"/fp/<name>/<input>/unique_index", "start", "",
       "start whose end stands for this one; -1 where q is above the threshold"},
      {"/fp/<name>/<input>/slow_index", "start", "",
       "start whose end stands for this one among slow points; -1 where q is beyond slow_thresh, or that of a fixed "
       "point"},
      {"/fp/<name>/<input>/speed", "start", "1/step", "length of F(u, x) - x at xstar"},
      {"/fp/<name>/<input>/time_constant", "start,eigenvalue", "steps",
       "in which the eigenvalue's mode shrinks by e, -1 / ln of its modulus; below 0: grows"},
      {"/fp/<name>/<input>/frequency", "start,eigenvalue", "1/step",
       "turns of the mode, the size of its angle / 2 pi"},
      {"/fp/<name>/<input>/sets/kind", "set", "",
       "what shape fixed and slow points have that belong together: point, line, ring (closed), branched"},
      {"/fp/<name>/<input>/sets/set_of", "start", "",
       "set of the point that the start's end is; -1 for none"},
      {"/fp/<name>/<input>/sets/path", "set,place", "",
       "starts whose ends lie along the set, in order; -1 behind them"},
      {"/fp/<name>/<input>/sets/n_points", "set", "", "distinct fixed and slow points in it"},
      {"/fp/<name>/<input>/sets/length", "set", "",
       "of the path; of a ring with the way back to its first point"},
      {"/fp/<name>/<input>/sets/along", "set", "",
       "eigenvalue along it: the one nearest to t^T J t, t the path's unit tangent, mean over the path; NaN for points and branched sets"},
      {"/fp/<name>/<input>/sets/turned", "set", "",
       "mean length of J t - (t^T J t) t: 0 where the tangents are eigenvectors"},
      {"/fp/<name>/<input>/sets/across", "set", "",
       "largest modulus of an eigenvalue but the one along it, mean over the path"},
      {"/fp/<name>/<input>/sets/speed", "set", "1/step", "largest speed of a point in it"},
      {"/way/<name>/part", "way point", "",
       "part of the way from the input of one moment to that of the other"},
      {"/way/<name>/n_stable", "way point", "", "distinct stable fixed points there"},
      {"/way/<name>/n_unstable", "way point", "", "distinct unstable ones"},
      {"/way/<name>/n_slow", "way point", "", "distinct slow points"},
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
      {"/dsa/restarts", "model,restart", "",
       "distance to the reference by each random start, of which the best counts"},
      {"/dsa/across_halves", "model,pair of halves", "",
       "distance of a half of the reference's trials to a half of the model's: first to first, first to second, "
       "second to first, second to second"},
      {"/input_dsa/state", "model,other model", "",
       "distance of state matrices, in the coordinates that bring what inputs reach closest"},
      {"/input_dsa/control", "model,other model", "", "distance of input matrices in these coordinates"},
      {"/input_dsa/joint", "model,other model", "",
       "distance of what inputs reach, [B, A B, A^T B, A^2 B, ..]"},
      {"/input_dsa/released", "model,other model", "",
       "the same with the change of basis transposed, as the published package has it"},
      {"/input_dsa/systems/<name>/A", "state,other state", "", "x' = A x + B u"},
      {"/input_dsa/systems/<name>/B", "state,input", "", "x' = A x + B u"},
      {"/input_dsa/systems/<name>/singular_values", "direction #", "",
       "of next states (dmdc), or of the projected future (n4sid)"},
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
