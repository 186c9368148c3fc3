// What the results of ctd_task and ctd_data tell of their networks, for those who compare them later.
#pragma once
#include <optional>
#include <string>

#include "tsd/io/hdf5.hpp"
#include "tsd/nn/dynamics.hpp"

namespace tsd::ctd {

// Standard deviations of noise on the initial state, the state after each step, and the inputs.
struct NetworkNoise {
  double initial = 0, step = 0, input = 0;
};
void write(Hdf5Writer& results, const NetworkNoise& noise);         // of ctd_task
std::optional<NetworkNoise> read_noise(const Hdf5Reader& results);  // none where they don't tell

// The cell whose states are a model's latents.
struct FittedCell {
  nn::CellType type = nn::CellType::gru;
  double clip = 0;  // of clipped_gru
};
void write(Hdf5Writer& results, const FittedCell& cell);  // of ctd_data
// With its parameters; DataError with `source` where something is missing or does not fit.
nn::CellParameters read_cell(const Hdf5Reader& results, const std::string& source);

// gru, vanilla, node, lds, and lfads with its clipped GRU
std::string kind_of(nn::CellType type);
// Of the run, as text; empty where they don't tell.
std::string seed_of(const Hdf5Reader& results);

}  // namespace tsd::ctd
