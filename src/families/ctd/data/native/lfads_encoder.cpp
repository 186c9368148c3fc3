#include "families/ctd/data/native/lfads_encoder.hpp"

#include <algorithm>

namespace tsd::ctd_data {

LfadsEncoder::LfadsEncoder(const std::string& name, int H, double clip)
    : name_("encoder." + name),
      H_(H),
      forward_(cell("fwd", clip), H),
      backward_(cell("bwd", clip), H, Recurrence::Direction::backward) {}

std::unique_ptr<nn::Cell> LfadsEncoder::cell(const std::string& direction, double clip) const {
  return nn::clipped_gru_cell(H_, clip, nn::cell_names(name_ + "." + direction + "_gru.cell."));
}

void LfadsEncoder::run(const Parameters& parameters, Matrix x, int R, bool keeps) {
  h0_ = parameters[name_ + "_h0"];
  const int T = x.rows / R;
  for (Recurrence* one : {&forward_, &backward_}) {
    one->bind(parameters);
    one->begin(T, R, keeps);
    const float* from = h0_.value.data + (one == &forward_ ? 0 : H_);
    for (int i = 0; i < R; ++i) std::copy_n(from, H_, one->initial().row(i));
    one->run(x);
  }
}

void LfadsEncoder::back(Matrix x, const Fill& fill) {
  for (const bool forward : {true, false}) {
    const Matrix dh = (forward ? forward_ : backward_).run_back(x, [&](int begin, int end, Matrix dg) {
      fill(forward, begin, end, dg);
    });
    nn::add_column_sums(dh, {h0_.gradient.data + (forward ? 0 : H_), 1, H_}, sums_);
  }
}

}  // namespace tsd::ctd_data
