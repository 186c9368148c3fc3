// Settings drawn from a space of values: `random` of a sweep's block.
//
//   random:
//     n: 40                                    # settings
//     seed: 3                                  # default 0
//     method: latin_hypercube                  # default independent
//     space:
//       lr: {log_uniform: [1.0e-4, 1.0e-1]}
//       dropout: {uniform: [0, 0.5]}
//       hidden_size: {integer: [16, 256]}      # both included
//       cell: {choice: [rnn, gru, lstm]}
//
// Each key has numbers u of its own, from 0 on and below 1, made of `seed`, its path and the number of the
// draw alone: the settings of a number change neither with n nor with the other keys. Draws that are equal to
// an earlier one are passed over.
//   u_k = the first 53 of the 64 bits of block(k) of Philox(seed, "sweep " + key), over 2^53
//   uniform: low + (high - low) u    log_uniform: low (high / low)^u, to 12 digits
//   integer: low + floor((high - low + 1) u)    choice: that of number floor(count u)
// latin_hypercube puts one draw into each of n equal parts of every key's range: (p_k + u_k) / n for u_k, with
// p the order of 0 .. n - 1 that Philox(seed, "latin " + key) shuffles. It depends on n.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/settings.hpp"

namespace tsd::config {

double draw(std::uint64_t seed, std::string_view key, std::uint64_t k);
std::vector<double> latin_draws(std::uint64_t seed, std::string_view key, std::int64_t n);

// What is wrong goes to the reader's report.
std::vector<Setting> read_random(const Node& random, const std::string& path, SettingReader& reader);

}  // namespace tsd::config
