#include "families/ctd/data/native/block.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// Of counts, which are small integers nearly always.
double constant_of(float y) {
  static const auto table = [] {
    std::array<double, 256> all{};
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = stirling(static_cast<double>(k));
    return all;
  }();
  if (y <= 1) return 0;
  const auto k = static_cast<std::size_t>(std::min(y, 255.0f));
  return static_cast<float>(k) == y ? table[k] : stirling(y);
}

}  // namespace

void apply_linear(const Weight& W, const Weight& b, Matrix x, Matrix y) {
  math::multiply(x, Form::plain, W.value, Form::transposed, y);
  nn::add_to_rows(b.value, y);
}

void apply_linear_back(const Weight& W, const Weight& b, Matrix x, Matrix dy, Matrix dx, Buffer& sums) {
  math::multiply_add(dy, Form::transposed, x, Form::plain, W.gradient);
  nn::add_column_sums(dy, b.gradient, sums);
  if (dx.data) math::multiply(dy, Form::plain, W.value, Form::plain, dx);
}

void fill_masks(const Pass& pass, NoiseKind kind, std::int64_t step, double p, std::span<const int> places,
                Matrix masks, Buffer& room) {
  const Matrix padded = room.matrix(1, Noise::padded(masks.columns));
  for (int i = 0; i < masks.rows; ++i) {
    pass.noise.dropout(kind, places[index(i)], step, masks.columns, p, padded.data);
    std::copy_n(padded.data, masks.columns, masks.row(i));
  }
}

void keep_steps(std::vector<float>& to, std::span<const int> places, int T, Matrix from, int first_step,
                int width) {
  const int R = static_cast<int>(places.size()), steps = from.rows / R;
  for (int t = 0; t < steps; ++t)
    for (int i = 0; i < R; ++i)
      std::copy_n(from.row(t * R + i), width,
                  &to[(index(places[index(i)]) * index(T) + index(first_step + t)) * index(width)]);
}

void PoissonReadout::run(const BlockCall& call, std::span<const int> places, const Prepared& ready, Matrix x,
                         Matrix dx, Loss& loss) {
  const int R = ready.R, T = spec_.steps(), N = spec_.extents.N_all, length = chunk_steps(R);
  const double scale = recon_scale(config_, spec_, call.batch.size());
  const auto step = static_cast<float>(scale * call.objective.recon);
  const bool constants = spec_.is_lfads();
  double recon = 0, held_out = 0;
  for (int begin = 0; begin < T; begin += length) {
    const int rows = std::min(length, T - begin) * R, first = (spec_.first_step() + begin) * R;
    const Matrix states = x.slice(begin * R, rows), l = outputs_.matrix(rows, N),
                 rates = rates_.matrix(rows, N);
    const Matrix y = ready.recon.slice(first, rows), weight = ready.weight.slice(first, rows);
    apply_linear(W_, b_, states, l);
    kernels::exponential(l.size(), l.data, rates.data);
    const float* hidden = ready.held_out.data ? ready.held_out.row(first) : nullptr;
    for (std::size_t k = 0; k < l.size(); ++k) {
      double each = rates.data[k] - y.data[k] * l.data[k];
      if (constants) each += constant_of(y.data[k]);
      recon += weight.data[k] * each;
      if (hidden) held_out += hidden[k] * each;
    }
    if (call.outputs) {
      keep_steps(call.outputs->rates, places, T, rates, begin, N);
      keep_steps(call.outputs->log_rates, places, T, l, begin, N);
    }
    if (!call.gradient) continue;
    const float* factor = ready.gradient.row(first);
    for (std::size_t k = 0; k < l.size(); ++k) rates.data[k] = step * factor[k] * (rates.data[k] - y.data[k]);
    apply_linear_back(W_, b_, states, rates, dx.slice(begin * R, rows), sums_);
  }
  loss.recon += recon * scale;
  if (ready.held_out.data)
    loss.held_out +=
        held_out / (static_cast<double>(call.batch.size()) * spec_.encoded_steps() * spec_.extents.N_in);
}

}  // namespace tsd::ctd_data
