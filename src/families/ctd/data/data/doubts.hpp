// What is odd about a recording but may be meant: it is said, once, with what to do about it.
#pragma once
#include <string>
#include <vector>

#include "families/ctd/data/data/side.hpp"

namespace tsd::ctd_data {

// How much more alike counts of a trial are in neighbouring steps, and in neighbouring columns, than in distant ones,
// and counts of a step in neighbouring trials: differences of correlations, after what is of a step, a column or a
// trial alone is taken away. Order means something in time, but hardly among neurons, and little among trials.
struct Likeness {
  double steps = 0, columns = 0, trials = 0;
  bool swapped() const { return columns > 0.05 && columns > 4 * steps; }
  bool time_is_first() const { return trials > 0.1 && trials > 4 * steps && trials > columns; }
};
Likeness likeness(const Table& counts);

// Columns or trials that look like time; neurons without a spike, in training trials; encod that is not the first neurons
// and steps of recon; bins so narrow that hardly any has a spike; counts that look like spikes per second.
// "recon_data: ..", each with what to do.
std::vector<std::string> doubts_of(const Table& encod, const Table& recon);

// encod that is not the first neurons and steps of recon; empty: it is.
std::string about_order(const Table& encod, const Table& recon);

// True rates in another unit than counts; empty: they agree, or there are none.
std::string about_rates(const Table& rates, const Table& recon);

// Datasets of a file that nothing reads and whose names are near one that is read and not there, which may be
// `behaviors` beside those of a format; empty: there are none.
std::string about_names(const std::vector<std::string>& names, const std::vector<std::string>& behaviors);

// For an error: ", where one of both looks like trial x neuron x time" where steps of the one are columns of the
// other, and "neuron x time x trial", MATLAB's order, where its trials are.
std::string if_swapped(const Shape& got, const Shape& like);
// The same of MATLAB's order in both, where only the first axis differs.
std::string if_both_reversed(const Shape& got, const Shape& like);

}  // namespace tsd::ctd_data
