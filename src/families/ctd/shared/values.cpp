#include "families/ctd/shared/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tsd/engine/run/log.hpp"
#include "tsd/engine/schema/schema.hpp"
#include "tsd/error.hpp"

namespace tsd::ctd {

namespace {

constexpr float kFirstInexact = 16777216;  // 2^24: from here on single precision leaves out whole numbers
constexpr float kManySpikes = 1000;        // what a neuron makes in a second at most

[[noreturn]] void refuse(const std::string& where, const std::string& expected, const std::string& got) {
  throw DataError(where + ": expected " + expected + ", got " + got);
}

template <class Good>
void check(std::span<const float> values, const Shape& shape, const std::string& where,
           const std::string& expected, const Good& good) {
  const auto bad = std::ranges::find_if_not(values, good);
  if (bad != values.end())
    refuse(where + place(shape, static_cast<std::size_t>(bad - values.begin())), expected, shown(*bad));
}

}  // namespace

std::string place(const Shape& shape, std::size_t k) {
  Shape at(shape.size());
  for (std::size_t d = shape.size(); d-- > 0;) {
    const auto extent = static_cast<std::size_t>(shape[d]);
    at[d] = static_cast<std::int64_t>(k % extent), k /= extent;
  }
  return to_string(at);
}

std::string shown(double value) { return std::isnan(value) ? "NaN" : number_text(value); }

std::string shown(float value) {
  if (std::isnan(value) || value == std::floor(value)) return shown(double{value});
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

void check_counts(std::span<const float> values, const Shape& shape, const std::string& where,
                  bool may_be_missing) {
  check(values, shape, where, "a count of spikes, 0, 1, 2, .. below 16777216", [&](float x) {
    return std::isnan(x) ? may_be_missing : x >= 0 && x < kFirstInexact && x == std::floor(x);
  });
  if (std::ranges::none_of(values, [](float x) { return x > 0; }))
    refuse(where, "spikes", "none in " + std::to_string(shape[0]) + " trials");
  const auto many = std::ranges::find_if(values, [](float x) { return x > kManySpikes; });
  if (many != values.end())
    log_warning(where + place(shape, static_cast<std::size_t>(many - values.begin())) + ": " + shown(*many) +
                " spikes of a neuron in one step: are these counts?");
}

void check_rates(std::span<const float> values, const Shape& shape, const std::string& where,
                 bool may_be_missing) {
  check(values, shape, where, "a rate in spikes per step, at least 0, not its logarithm",
        [&](float x) { return std::isfinite(x) ? x >= 0 : may_be_missing; });
}

void check_finite(std::span<const float> values, const Shape& shape, const std::string& where,
                  bool may_be_missing) {
  check(values, shape, where, "a finite number",
        [&](float x) { return std::isnan(x) ? may_be_missing : std::isfinite(x); });
}

std::int64_t checked_length(double value, std::int64_t most, const std::string& where) {
  if (!(value >= 1 && value <= static_cast<double>(most)) || value != std::floor(value))
    refuse(where, "a length in steps, a whole number from 1 to " + std::to_string(most), shown(value));
  return static_cast<std::int64_t>(value);
}

}  // namespace tsd::ctd
