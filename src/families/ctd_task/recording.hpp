// Recordings and data sets as files under the reference's names (ctd_task.md 6.1, 6.2).
#pragma once
#include <filesystem>
#include <span>

#include "families/ctd_task/config.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::ctd_task {

// Runs the network over the simulation's trials with all noise, and writes what its neurons do.
void write_recording(const Config& config, std::uint64_t seed, std::span<const float> parameters,
                     const std::string& device, int threads, Hdf5Writer& file);

// The trials for training (tt/) and simulation (sim/), in double precision; each file is held in memory.
void write_data(const Config& config, std::uint64_t seed, const std::filesystem::path& out);

}  // namespace tsd::ctd_task
