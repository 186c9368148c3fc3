// What a search found: how far it came, how the map behaves there, and which points are one.
#pragma once
#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include "families/ctd/compare/config.hpp"
#include "families/ctd/compare/fixed_points/system.hpp"
#include "families/ctd/compare/scores.hpp"

namespace tsd::compare {

struct FixedPoints {
  math::DenseD x, inputs;                                       // [n, D]; [n, U]
  std::vector<double> q;                                        // at x
  std::vector<std::complex<double>> eigenvalues, eigenvectors;  // [n, D], [n, D, D]
  std::vector<float> jacobians;                                 // [n, D, D]
  std::vector<std::int64_t> n_unstable;                         // eigenvalues beyond the unit circle
  // Of points with q up to the threshold: the one that stands for them; -1 for others.
  std::vector<std::int64_t> unique;
  std::vector<std::int64_t> slow;  // the same of points with more, up to slow_thresh

  std::vector<std::int64_t> kept() const, kept_slow() const;  // points that stand for themselves, in order
};

// Of an eigenvalue of a map: steps in which its mode shrinks by e (below 0: grows; infinite on the unit circle), and
// turns in a step.
double time_constant(std::complex<double> eigenvalue);
double frequency(std::complex<double> eigenvalue);

// From where a search ended: Newton steps, spectra, duplicates; on `threads` threads.
FixedPoints analyse(const System& system, math::DenseD x, const math::DenseD& inputs,
                    const FixedPointSettings& settings, int threads);

// For each point with q above `more_than` up to q_thresh the first of a group of points within `tolerance` of the one
// with the smallest q; points are compared by state and input.
std::vector<std::int64_t> unique_points(const FixedPoints& points, double q_thresh, double tolerance,
                                        double more_than = -1);

// A model's fixed points beside the reference's, in the reference's principal components.
struct Match {
  std::vector<std::int64_t> point, reference;  // [p]: kept point, nearest kept point of the reference
  std::vector<double> distance;
  std::vector<double> spectrum;  // cost of moving the leading eigenvalues of one onto those of the other
  std::vector<std::uint8_t> same_index;  // as many unstable directions
};
Match match(const FixedPoints& model, const Alignment& alignment, const FixedPoints& reference,
            const Components& components);

}  // namespace tsd::compare
