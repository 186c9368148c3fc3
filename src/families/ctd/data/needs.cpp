// What a run of a data-trained model holds in memory, beside the recording, whose extents are not known yet.
#include "families/ctd/data/config.hpp"
#include "tsd/engine/memory.hpp"

namespace tsd::ctd_data {

std::vector<MemoryNeed> memory(const Config& c) {
  ModelSpec spec = c.model;
  spec.extents = {2, 1, 1, 1};
  const double parameters = static_cast<double>(Layout(spec).size());
  const SaeSpec& sae = spec.sae;
  const LfadsSpec& lfads = spec.lfads;
  const std::string key = spec.is_lfads()
                              ? to_blame({{"model.gen_dim", double(lfads.gen_dim), 128},
                                          {"model.ic_enc_dim", double(lfads.ic_enc_dim), 128},
                                          {"model.con_dim", double(lfads.con_dim), 128},
                                          {"model.fac_dim", double(lfads.fac_dim), 128}})
                              : to_blame({{"model.latent_size", double(sae.latent_size), 64},
                                          {"model.encoder_size", double(sae.encoder_size), 100},
                                          {"model.vf_hidden_size", double(sae.vf_hidden_size), 128}});
  return {{key, 7 * sizeof(float) * parameters}};  // gradients, both moments, and a checkpoint
}

}  // namespace tsd::ctd_data
