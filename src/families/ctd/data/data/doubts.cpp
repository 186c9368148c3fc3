#include "families/ctd/data/data/doubts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/config/text.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/metrics.hpp"

namespace tsd::ctd_data {

namespace {

using Rows = std::vector<std::vector<double>>;

// [step][column] of a trial, or [trial][column] of a step.
Rows slice_of(const Table& table, std::int64_t which, bool is_trial) {
  const std::int64_t n = table.shape[0], T = table.shape[1], N = table.columns();
  Rows out(static_cast<std::size_t>(is_trial ? T : n), std::vector<double>(static_cast<std::size_t>(N)));
  for (std::size_t row = 0; row < out.size(); ++row) {
    const auto at = static_cast<std::int64_t>(row);
    auto value = table.values.begin() + (is_trial ? which * T + at : at * T + which) * N;
    for (double& x : out[row]) x = std::isnan(*value) ? 0 : *value, ++value;
  }
  return out;
}

// Minus the means of rows and columns.
void centre(Rows& a) {
  const auto rows = static_cast<double>(a.size()), columns = static_cast<double>(a[0].size());
  std::vector<double> of_columns(a[0].size());
  for (auto& row : a) {
    double sum = 0;
    for (const double x : row) sum += x;
    for (std::size_t j = 0; j < row.size(); ++j) row[j] -= sum / columns, of_columns[j] += row[j] / rows;
  }
  for (auto& row : a)
    for (std::size_t j = 0; j < row.size(); ++j) row[j] -= of_columns[j];
}

// Means of products of elements that are so far apart on one axis.
double product_at(const Rows& a, std::size_t steps, std::size_t columns) {
  if (a.size() <= steps || a[0].size() <= columns) return 0;
  double sum = 0;
  for (std::size_t t = 0; t + steps < a.size(); ++t)
    for (std::size_t n = 0; n + columns < a[t].size(); ++n) sum += a[t][n] * a[t + steps][n + columns];
  return sum / static_cast<double>((a.size() - steps) * (a[0].size() - columns));
}

// Of neighbours, less that of elements far apart.
double excess(const Rows& a, bool along_rows) {
  const auto at = [&](std::size_t lag) { return product_at(a, along_rows ? lag : 0, along_rows ? 0 : lag); };
  const std::size_t length = along_rows ? a.size() : a[0].size();
  constexpr std::size_t kLeast = 8;
  return length < kLeast ? 0 : at(1) - (at(length / 4) + at(length / 3) + at(length / 2)) / 3;
}

std::string rounded(double x) { return shortest(std::round(x * 100) / 100); }

}  // namespace

Likeness likeness(const Table& counts) {
  Likeness sum;
  double all = 0, of_steps = 0;
  for (std::int64_t i = 0; i < counts.shape[0]; ++i) {
    Rows trial = slice_of(counts, i, true);
    centre(trial);
    all += product_at(trial, 0, 0);
    sum.steps += excess(trial, true), sum.columns += excess(trial, false);
  }
  for (std::int64_t t = 0; t < counts.shape[1]; ++t) {
    Rows step = slice_of(counts, t, false);
    centre(step);
    of_steps += product_at(step, 0, 0);
    sum.trials += excess(step, true);
  }
  return {all > 0 ? sum.steps / all : 0, all > 0 ? sum.columns / all : 0,
          of_steps > 0 ? sum.trials / of_steps : 0};
}

namespace {

std::string about_axes(const Table& recon) {
  const Likeness found = likeness(recon);
  if (found.time_is_first())
    return "recon_data: looks like time x trial x neuron, expected trial x time x neuron: neighbours along axis 0 are "
           "alike (" +
           rounded(found.trials) + "), along axis 1 they are not (" + rounded(found.steps) +
           "); if so, swap axes 0 and 1";
  if (!found.swapped()) return "";
  return "recon_data: looks like trial x neuron x time, expected trial x time x neuron: neighbouring columns are "
         "alike (" +
         rounded(found.columns) + "), neighbouring steps are not (" + rounded(found.steps) +
         "); if so, swap axes 1 and 2";
}

std::string about_silence(const Table& recon) {
  constexpr std::size_t kNamed = 5;
  const auto N = static_cast<std::size_t>(recon.columns());
  if (N == 0) return "";
  std::vector<bool> fires(N);
  for (std::size_t k = 0; k < recon.values.size(); ++k)
    if (recon.values[k] > 0) fires[k % N] = true;
  std::string silent;
  std::size_t found = 0;
  for (std::size_t n = 0; n < N; ++n)
    if (!fires[n] && ++found <= kNamed) silent += (silent.empty() ? "" : ", ") + std::to_string(n);
  if (found == 0) return "";
  return "recon_data: neurons without a spike: " + silent + (found > kNamed ? ", .." : "") + " (" +
         std::to_string(found) + " of " + std::to_string(N) + "); scores count them, better leave them out";
}

// Counts times 1 / width are whole, too, where a second has a whole number of steps.
std::string about_units(const Table& recon) {
  std::int64_t divisor = 0;
  for (const float y : recon.values)
    if (!std::isnan(y) && (divisor = std::gcd(divisor, static_cast<std::int64_t>(y))) == 1) return "";
  if (divisor < 2) return "";
  return "recon_data: every count is a multiple of " + std::to_string(divisor) +
         ": expected spikes per step; if they are per second, divide by " + std::to_string(divisor);
}

std::string about_bins(const Table& recon) {
  constexpr double kRare = 0.01;
  double sum = 0;
  for (const float y : recon.values) {
    if (y > 1) return "";
    sum += std::isnan(y) ? 0 : y;
  }
  const double mean = sum / static_cast<double>(recon.values.size());
  if (mean >= kRare) return "";
  return "recon_data: a spike in one of " + std::to_string(std::lround(1 / mean)) +
         " bins, and never two: are bins of 1 ms meant? 5 to 20 ms are usual, a sum over as many steps";
}

}  // namespace

std::string about_order(const Table& encod, const Table& recon) {
  for (std::int64_t i = 0; i < encod.shape[0]; ++i)
    for (std::int64_t t = 0; t < encod.shape[1]; ++t)
      for (std::int64_t n = 0; n < encod.columns(); ++n) {
        const float
            a = encod.values[static_cast<std::size_t>((i * encod.shape[1] + t) * encod.columns() + n)],
            b = recon.values[static_cast<std::size_t>((i * recon.shape[1] + t) * recon.columns() + n)];
        if (a != b && !(std::isnan(a) && std::isnan(b)))
          return "encod_data: differs from recon_data at " + to_string(Shape{i, t, n}) +
                 ": are held-in neurons the first of all, in the same order?";
      }
  return "";
}

std::string about_rates(const Table& rates, const Table& recon) {
  constexpr double kFactor = 5, kFewest = 100;  // spikes; they vary by a tenth then
  double rate = 0, spikes = 0, steps = 0;
  for (std::size_t k = 0; k < rates.values.size(); ++k)
    if (!std::isnan(recon.values[k])) rate += rates.values[k], spikes += recon.values[k], ++steps;
  if (spikes < kFewest || (rate < kFactor * spikes && spikes < kFactor * rate)) return "";
  return "activity: a mean of " + rounded(rate / steps) + " where counts have " + rounded(spikes / steps) +
         ": expected spikes per step; of truth per second, conversion_factor says how many steps that is";
}

std::vector<std::string> doubts_of(const Table& encod, const Table& recon) {
  std::vector<std::string> all;
  for (const std::string& doubt : {about_axes(recon), about_silence(recon), about_order(encod, recon),
                                   about_bins(recon), about_units(recon)})
    if (!doubt.empty()) all.push_back(doubt);
  return all;
}

namespace {

const std::vector<std::string> kSides = {"train", "valid", "eval", "test"};

// Of a side, by any of the formats.
std::vector<std::string> names_of_side(const std::vector<std::string>& behaviors) {
  std::vector<std::string> names = {"encod_data",
                                    "recon_data",
                                    "spikes_heldin",
                                    "spikes_heldout",
                                    "spikes_heldin_forward",
                                    "spikes_heldout_forward",
                                    "inputs",
                                    "ext_input",
                                    "activity",
                                    "truth",
                                    "latents",
                                    "extra",
                                    "cond_idx",
                                    "decode_mask"};
  names.insert(names.end(), behaviors.begin(), behaviors.end());
  return names;
}

// The name that this one may be meant for; empty: it is one, or near none.
std::string meant_by(const std::string& name, const std::vector<std::string>& of_side) {
  const std::string factor = "conversion_factor";
  if (name == factor) return "";
  if (const std::string meant = config::nearest(name, {factor}); !meant.empty()) return meant;
  const std::size_t end = name.find('_');
  if (end == std::string::npos) return "";
  const std::string side = name.substr(0, end), rest = name.substr(end + 1);
  const bool known_side = std::ranges::count(kSides, side) > 0,
             known_rest = std::ranges::count(of_side, rest) > 0;
  if (known_side == known_rest) return "";
  const std::string meant = known_side ? config::nearest(rest, of_side) : config::nearest(side, kSides);
  return meant.empty() ? "" : known_side ? side + "_" + meant : meant + "_" + rest;
}

}  // namespace

std::string about_names(const std::vector<std::string>& names, const std::vector<std::string>& behaviors) {
  const auto of_side = names_of_side(behaviors);
  std::string all;
  for (const std::string& name : names)
    if (const std::string meant = meant_by(name, of_side);
        !meant.empty() && std::ranges::count(names, meant) == 0)
      all += (all.empty() ? "" : ", ") + name + " (is " + meant + " meant?)";
  return all.empty() ? "" : "datasets that nothing reads: " + all;
}

std::string if_swapped(const Shape& got, const Shape& like) {
  if (got.size() != 3 || like.size() < 3) return "";
  const bool swapped = got[0] == like[0] && got[1] != like[1] && (got[1] == like[2] || got[2] == like[1]);
  const bool reversed = got[0] != like[0] && got[1] == like[1] && (got[0] == like[2] || got[2] == like[0]);
  if (swapped) return ", where one of both looks like trial x neuron x time";
  return reversed ? ", where one of both looks like neuron x time x trial" : "";
}

std::string if_both_reversed(const Shape& got, const Shape& like) {
  const bool may_be = got[0] != like[0] && got[1] == like[1] && got[2] == like[2];
  return may_be && if_swapped(got, like).empty()
             ? "; if that is neuron x time x trial, reverse the axes of all"
             : "";
}

}  // namespace tsd::ctd_data
