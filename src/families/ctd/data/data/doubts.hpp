// What is odd about a recording but may be meant: it is said, once, with what to do about it.
#pragma once
#include <string>
#include <vector>

#include "families/ctd/data/data/side.hpp"

namespace tsd::ctd_data {

// How much more alike counts of a trial are in neighbouring steps, and in neighbouring columns, than in distant ones:
// differences of correlations, after what is of a step or a column alone is taken away. Order means something in
// time, but hardly among neurons.
struct Likeness {
  double steps = 0, columns = 0;
  bool swapped() const { return columns > 0.05 && columns > 4 * steps; }
};
Likeness likeness(const Table& counts);

// Columns that look like time; neurons without a spike, in training trials; encod that is not the first neurons
// and steps of recon; bins so narrow that hardly any has a spike; counts that look like spikes per second.
// "recon_data: ..", each with what to do.
std::vector<std::string> doubts_of(const Table& encod, const Table& recon);

// encod that is not the first neurons and steps of recon; empty: it is.
std::string about_order(const Table& encod, const Table& recon);

// True rates in another unit than counts; empty: they agree, or there are none.
std::string about_rates(const Table& rates, const Table& recon);

// For an error: ", where one of both looks like trial x neuron x time" where steps of the one are columns of the
// other, and "neuron x time x trial", MATLAB's order, where its trials are.
std::string if_swapped(const Shape& got, const Shape& like);
// The same of MATLAB's order in both, where only the first axis differs.
std::string if_both_reversed(const Shape& got, const Shape& like);

}  // namespace tsd::ctd_data
