// Numbers of a recording or a model, as files have them: what they can't be is refused with its place.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "tsd/io/array.hpp"

namespace tsd::ctd {

// Of element k of an array of this shape: "[2, 0, 17]".
std::string place(const Shape& shape, std::size_t k);

// "NaN", "0.37", "1000000000"
std::string shown(double value);
std::string shown(float value);

// Each checks a dataset [trial, time, column] of `where`, "FILE: /DATASET"; DataError with place, expected,
// got. Missing values are not finite. Counts of spikes: whole, at least 0, few enough for single precision,
// not all 0. One that no neuron makes in a step is warned about.
void check_counts(std::span<const float> values, const Shape& shape, const std::string& where,
                  bool may_be_missing = false);
// Rates, in spikes per step: at least 0, which their logarithms are not.
void check_rates(std::span<const float> values, const Shape& shape, const std::string& where,
                 bool may_be_missing = false);
void check_finite(std::span<const float> values, const Shape& shape, const std::string& where,
                  bool may_be_missing = false);

// The value as a whole number from 1 to `most`.
std::int64_t checked_length(double value, std::int64_t most, const std::string& where);

}  // namespace tsd::ctd
