#include "families/ctd/data/native/lfads_pass.hpp"

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

void LfadsPass::drop(NoiseKind kind, int first, Matrix x, Matrix masks, Buffer& room) const {
  if (!drops()) return;
  for (int t = 0; t < x.rows / R(); ++t)
    fill_masks(call.pass, kind, first + t, spec.dropout, places, masks.slice(t * R(), R()), room);
  kernels::multiply(x.size(), masks.data, x.data);
}

void LfadsPass::drop_back(Matrix dx, Matrix masks) const {
  if (drops()) kernels::multiply(dx.size(), masks.data, dx.data);
}

}  // namespace tsd::ctd_data
