// Cells from parameters under PyTorch's names.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "tsd/io/array.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::ctd {

// Parameters by name, without their common prefix; nothing where there is none of that name.
using Lookup = std::function<std::optional<Array>(const std::string& name)>;

// weight_ih, weight_hh, bias_ih, bias_hh; DataError with `source` where one is missing or of another shape.
nn::CellParameters gated_cell(nn::CellType type, const Lookup& lookup, const std::string& source);
// <k>.weight, <k>.bias for k = 0, 2, 4, ...
nn::CellParameters node_cell(const Lookup& lookup, const std::string& source);

}  // namespace tsd::ctd
