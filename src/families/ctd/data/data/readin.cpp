#include "families/ctd/data/data/readin.hpp"

#include <cmath>
#include <limits>

#include "families/ctd/shared/values.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::ctd_data {

namespace {

constexpr const char *kWeight = "/readin_weight", *kBias = "/readout_bias";

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

std::vector<float> read(const Hdf5Reader& file, const std::string& path, const std::string& name,
                        const Shape& shape, const std::string& meaning) {
  const std::string where = path + ": " + name;
  if (!file.exists(name))
    throw DataError(
        where +
        ": expected a dataset with model.readin: recorded (scripts/session_readin makes it), got none");
  const Array array = file.dataset(name);
  if (array.shape != shape)
    throw DataError(where + ": expected " + to_string(shape) + ", " + meaning + ", got " +
                    to_string(array.shape));
  auto values = numbers_as<float>(array);
  ctd::check_finite(values, shape, where);
  return values;
}

// Of rows [neuron, dimension]: [dimension, neuron], as PyTorch's pinv of single precision cuts it.
math::DenseD pseudo_inverse(const float* rows, int neurons, int dimensions) {
  math::DenseD W(neurons, dimensions);
  std::copy_n(rows, W.size(), W.data());
  math::Svd parts = math::svd(W);
  const double cut =
      parts.s[0] * std::max(neurons, dimensions) * static_cast<double>(std::numeric_limits<float>::epsilon());
  for (int k = 0; k < parts.vt.rows; ++k)
    for (double& v : parts.vt.span(k)) v = parts.s[index(k)] > cut ? v / parts.s[index(k)] : 0;
  return math::product(parts.vt, math::Form::transposed, parts.u, math::Form::transposed);
}

// Of held-in neurons; held-out ones have no read-in, their readouts stay as they were drawn.
void begin_readout(const Sessions& sessions, const Sessions::Part& part, const LfadsSpec& spec,
                   const Layout& layout, std::vector<float>& parameters) {
  const int D = spec.readin_dim, neurons = part.in_end - part.in_begin;
  const auto inverse = pseudo_inverse(&sessions.readin[index(part.in_begin) * index(D)], neurons, D);
  float *weight = &parameters[layout["readout.weight"].offset],
        *bias = &parameters[layout["readout.bias"].offset];
  const bool logarithm = spec.likelihood == Likelihood::poisson && spec.log_bias;
  for (int n = 0; n < neurons; ++n) {
    const std::size_t row = index(part.in_begin + n);
    for (int d = 0; d < D; ++d) weight[row * index(D) + index(d)] = static_cast<float>(inverse(d, n));
    const float mean = sessions.mean[row];
    bias[row] = !logarithm ? mean : mean > 0 ? std::log(mean) : 0;
  }
}

void begin_recorded(const Sessions& sessions, const LfadsSpec& spec, const Layout& layout,
                    std::vector<float>& parameters) {
  const nn::Slot& slot = layout["readin.weight"];
  const std::size_t D = index(slot.shape[0]), N = index(slot.shape[1]);
  for (std::size_t n = 0; n < N; ++n)
    for (std::size_t d = 0; d < D; ++d) parameters[slot.offset + d * N + n] = sessions.readin[n * D + d];
  for (const Sessions::Part& part : sessions.parts) begin_readout(sessions, part, spec, layout, parameters);
}

void scale_drawn(const Sessions& sessions, const Layout& layout, std::vector<float>& parameters) {
  const nn::Slot& slot = layout["readin.weight"];
  const std::size_t N = index(slot.shape[1]);
  for (const Sessions::Part& part : sessions.parts) {
    const auto scale = std::sqrt(static_cast<float>(N) / static_cast<float>(part.in_end - part.in_begin));
    for (std::size_t k = 0; k < slot.size(); ++k)
      if (const auto n = static_cast<int>(k % N); n >= part.in_begin && n < part.in_end)
        parameters[slot.offset + k] *= scale;
  }
}

}  // namespace

RecordedReadin read_readin(const Config& config, const std::string& path, int neurons) {
  const Hdf5Reader file(path);
  const LfadsSpec& m = config.model.lfads;
  RecordedReadin readin;
  readin.weight = read(file, path, kWeight, {neurons, m.readin_dim}, "held-in neurons and model.readin_dim");
  readin.bias = read(file, path, kBias, {neurons}, "held-in neurons");
  if (m.likelihood == Likelihood::poisson && m.log_bias)
    for (std::size_t n = 0; n < readin.bias.size(); ++n)
      if (readin.bias[n] < 0)
        throw DataError(path + ": " + kBias + to_string(Shape{static_cast<std::int64_t>(n)}) +
                        ": expected counts per step, at least 0, got " + ctd::shown(readin.bias[n]));
  return readin;
}

void tell_unread_readin(const std::string& path) {
  if (Hdf5Reader(path).exists(kWeight))
    log_info(path + ": readin_weight and readout_bias are read with model.readin: recorded alone");
}

void begin_sessions(const Sessions& sessions, const LfadsSpec& spec, const Layout& layout,
                    std::vector<float>& parameters) {
  if (sessions.readin.empty())
    scale_drawn(sessions, layout, parameters);
  else
    begin_recorded(sessions, spec, layout, parameters);
}

}  // namespace tsd::ctd_data
