// Which fixed and slow points belong together, and what shape they have: points apart, lines, and rings that are
// closed (line and ring attractors, approximate ones where they are slow).
#pragma once
#include <string_view>

#include "families/ctd/compare/fixed_points/fixed_points.hpp"

namespace tsd::compare {

struct PointSet {
  enum class Kind { point, line, ring, branched } kind = Kind::point;
  std::vector<std::int64_t> members;  // distinct points, fixed and slow
  std::vector<std::int64_t>
      path;           // some of them, in order along it; of a ring the last one is the first's neighbour
  double length = 0;  // of the path
  // Means over the path, with t its unit tangent: of the eigenvalue nearest to t^T J t; of |J t - (t^T J t) t|, 0 where
  // t is an eigenvector; and of the largest modulus of the other eigenvalues.
  double along = kUndefined, turned = kUndefined, across = kUndefined;
  double speed = 0;  // |F - x|, the most among its members
};
std::string_view name_of(PointSet::Kind kind);

// Points are thinned to a net whose nodes are two fifths of `join_within` apart; nodes within that distance are
// neighbours unless a third lies between them (the relative neighbourhood graph). A set's path is the longest loop
// without a short cut, where that is as long as twice the set's extent (a ring), else the longest of all ways
// between two nodes (a line); of neither kind are sets with more than a twentieth of their points at nodes farther from
// it than join_within. Sets of fewer than five nodes, or no wider than twice join_within, are points: a cloud has no shape
// at that distance. Empty where the points' inputs differ.
std::vector<PointSet> join_points(const System& system, const FixedPoints& points,
                                  const FixedPointSettings& settings);

}  // namespace tsd::compare
