#include "families/ctd/data/data/readin.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

// Of W [neuron, dimension] as W is, cut as PyTorch's pinv of single precision cuts it.
std::vector<float> pseudo_inverse(const std::vector<float>& weight, int neurons, int dimensions) {
  math::DenseD W(neurons, dimensions);
  std::ranges::copy(weight, W.data());
  math::Svd parts = math::svd(W);
  const double cut =
      parts.s[0] * std::max(neurons, dimensions) * static_cast<double>(std::numeric_limits<float>::epsilon());
  for (int k = 0; k < parts.vt.rows; ++k)
    for (double& v : parts.vt.span(k)) v = parts.s[index(k)] > cut ? v / parts.s[index(k)] : 0;
  const auto inverse = math::product(parts.u, math::Form::plain, parts.vt, math::Form::plain);
  return {inverse.values.begin(), inverse.values.end()};
}

// Factors are about 1 in size, and rates the exponentials of what the readout makes of them.
void warn_about_size(const std::string& where, const std::vector<float>& inverse, int dimensions) {
  constexpr double kLargest = 10;
  double largest = 0;
  for (std::size_t k = 0; k < inverse.size(); k += index(dimensions))
    largest = std::max(
        largest, std::sqrt(std::inner_product(&inverse[k], &inverse[k] + dimensions, &inverse[k], 0.0)));
  if (largest > kLargest)
    log_warning(where + ": neurons tell hardly anything of some of its " + std::to_string(dimensions) +
                " dimensions, so that weights of a readout begin at " + ctd::shown(std::round(largest)) +
                " and rates may overflow; expected at most " + ctd::shown(kLargest) +
                ", with a smaller model.readin_dim");
}

bool begins_with_logarithms(const LfadsSpec& spec) {
  return spec.likelihood == Likelihood::poisson && spec.log_bias;
}

// Held-out neurons have no read-in, and their readouts stay as they were drawn.
void begin_recorded(const Sessions& sessions, const LfadsSpec& spec, const Layout& layout,
                    std::vector<float>& parameters) {
  const std::size_t D = index(spec.readin_dim), N = sessions.mean.size();
  float *readin = &parameters[layout["readin.weight"].offset],
        *readout = &parameters[layout["readout.weight"].offset],
        *bias = &parameters[layout["readout.bias"].offset];
  for (std::size_t n = 0; n < N; ++n) {
    for (std::size_t d = 0; d < D; ++d) readin[d * N + n] = sessions.readin[n * D + d];
    const float mean = sessions.mean[n];
    bias[n] = !begins_with_logarithms(spec) ? mean : mean > 0 ? std::log(mean) : 0;
  }
  std::ranges::copy(sessions.readout, readout);
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
  if (begins_with_logarithms(m))
    for (std::size_t n = 0; n < readin.bias.size(); ++n)
      if (readin.bias[n] < 0)
        throw DataError(path + ": " + kBias + to_string(Shape{static_cast<std::int64_t>(n)}) +
                        ": expected counts per step, at least 0, got " + ctd::shown(readin.bias[n]));
  readin.inverse = pseudo_inverse(readin.weight, neurons, m.readin_dim);
  if (m.likelihood == Likelihood::poisson)
    warn_about_size(path + ": " + kWeight, readin.inverse, m.readin_dim);
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
