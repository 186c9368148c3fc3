#include "families/ctd_data/outputs.hpp"

namespace tsd::ctd_data {

const std::vector<Output>& outputs() {
  static const std::vector<Output> all = {
      {"/train_rates", "trial,time,neuron", "spikes per step",
       "inferred rates of training trials, dropout off"},
      {"/eval_rates", "trial,time,neuron", "spikes per step", "the same of validation trials"},
      {"/train_latents", "trial,time,unit", "", "decoder's or generator's states of training trials"},
      {"/eval_latents", "trial,time,unit", "", "the same of validation trials"},
      {"/train_inferred_inputs", "trial,time,input", "",
       "means of the controller's outputs, training trials"},
      {"/eval_inferred_inputs", "trial,time,input", "", "the same of validation trials"},
      {"/lfads/train_ic_mean", "trial,number", "",
       "means of the initial states' posteriors, training trials"},
      {"/lfads/eval_ic_mean", "trial,number", "", "the same of validation trials"},
      {"/lfads/train_ic_std", "trial,number", "", "their standard deviations, training trials"},
      {"/lfads/eval_ic_std", "trial,number", "", "the same of validation trials"},
      {"/lfads/train_co_std", "trial,time,input", "",
       "standard deviations, or scales, of the controller's outputs, training trials"},
      {"/lfads/eval_co_std", "trial,time,input", "", "the same of validation trials"},
      {"/lfads/train_factors", "trial,time,factor", "", "factors of training trials"},
      {"/lfads/eval_factors", "trial,time,factor", "", "the same of validation trials"},
      {"/params/<parameter>", "as in PyTorch", "", "parameters that the outputs come from"},
      {"/params_best/<parameter>", "as in PyTorch", "", "parameters of the best epoch in validation"},
      {"/history/epoch", "epoch", "epochs", "epoch, 0-based"},
      {"/history/train_loss", "epoch", "", "mean loss of the epoch's updates"},
      {"/history/valid_loss", "epoch", "", "loss of validation trials after the epoch"},
      {"/history/lr", "epoch", "", "step size"},
      {"/history/grad_norm", "epoch", "", "mean norm of the gradient before clipping"},
      {"/history/train_recon", "epoch", "", "reconstruction term, training"},
      {"/history/valid_recon", "epoch", "", "reconstruction term, validation"},
      {"/history/recon_smth", "epoch", "", "the latter smoothed, which decides on step size and end"},
      {"/history/train_kl_ic", "epoch", "nats", "divergence of initial states from their prior, training"},
      {"/history/valid_kl_ic", "epoch", "nats", "the same in validation"},
      {"/history/train_kl_co", "epoch", "nats", "divergence of inferred inputs from their prior, training"},
      {"/history/valid_kl_co", "epoch", "nats", "the same in validation"},
      {"/history/train_l2", "epoch", "", "penalty of weights, training"},
      {"/history/valid_l2", "epoch", "", "the same in validation"},
      {"/history/kl_ramp", "epoch", "", "factor of the divergences"},
      {"/history/l2_ramp", "epoch", "", "factor of the penalty and of the weight decay"},
      {"/history/train_held_out", "epoch", "", "reconstruction of samples kept from the encoders, training"},
      {"/history/valid_held_out", "epoch", "", "the same in validation"},
      {"/metrics/epoch", "comparison", "epochs", "epochs at whose end the model was compared with the truth"},
      {"/metrics/rate_r2", "comparison", "",
       "explained variance of true rates by inferred ones, validation trials"},
      {"/metrics/state_r2", "comparison", "",
       "explained variance of inferred latents by true ones through an affine map fitted to them"},
      {"/metrics/input_r2", "comparison", "", "explained variance of recorded inputs by the generator's"},
      {"/metrics/bps", "comparison", "bits per spike", "gain over each neuron's mean rate, all neurons"},
      {"/metrics/hi_bps", "comparison", "bits per spike", "the same of held-in neurons"},
      {"/metrics/ho_bps", "comparison", "bits per spike", "the same of held-out neurons"},
  };
  return all;
}

}  // namespace tsd::ctd_data
