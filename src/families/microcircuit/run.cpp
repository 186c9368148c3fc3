#include "families/microcircuit/run.hpp"

namespace tsd::microcircuit {

Run::Run(const Config& config, const RunContext& context)
    : config_(config),
      context_(context),
      circuit_(config),
      layout_(circuit_),
      schedule_(config),
      material_(make_material(config, context.seed)),
      plastic_{config.learns_forward(), true, true} {}

std::span<const double> Run::input_of(std::int64_t sample) const {
  const auto n_0 = static_cast<std::size_t>(circuit_.n.front());
  return std::span(material_.shown.input).subspan(static_cast<std::size_t>(sample) * n_0, n_0);
}

std::span<const double> Run::target_of(std::int64_t sample, std::int64_t step) const {
  if (!taught()) return {};
  const auto n_N = static_cast<std::size_t>(circuit_.n.back());
  const auto target =
      static_cast<std::size_t>((sample * config_.presentation_steps() + step) / material_.target_steps);
  return std::span(material_.shown.target).subspan(target * n_N, n_N);
}

bool Run::native() const {
  return config_.version == Version::phased || runs_native(config_.backend, context_.device);
}

}  // namespace tsd::microcircuit
