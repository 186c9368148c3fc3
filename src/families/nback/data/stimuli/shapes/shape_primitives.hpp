// Parts the shape grammar builds objects from. All add triangles to a mesh; winding does not matter (faces
// are lit from both sides).
#pragma once
#include <array>
#include <vector>

#include "families/nback/data/stimuli/mesh.hpp"

namespace tsd::nback {

int add_material(Mesh& mesh, Colour colour);  // its index

// A hexahedron between two quadrilaterals whose corners correspond (tapered legs, wings, car bodies).
using Quad = std::array<Vec3, 4>;
void add_frustum(Mesh& mesh, const Quad& bottom, const Quad& top, int material);

void add_box(Mesh& mesh, Vec3 centre, Vec3 size, int material);
// A box of the given width and thickness along the line a..b, its width along `side` as far as that is across
// the line.
void add_beam(Mesh& mesh, Vec3 a, Vec3 b, double width, double thickness, Vec3 side, int material);

// Surface of revolution about the line from `origin` along the unit vector `axis`: rings of radius r at
// distance s.
struct Ring {
  double s, r;
};
void add_lathe(Mesh& mesh, Vec3 origin, Vec3 axis, const std::vector<Ring>& rings, int material);
void add_tube(Mesh& mesh, Vec3 a, Vec3 b, double radius_a, double radius_b, int material);  // capped
void add_ellipsoid(Mesh& mesh, Vec3 centre, Vec3 radii, int material);

// A convex or star-shaped outline (seen from its first corner) in the (z, y) plane, extruded along x.
struct Corner {
  double z, y;
};
void add_extrusion(Mesh& mesh, const std::vector<Corner>& outline, double x0, double x1, int material);

// The reference's placeholder for every object: one unit cube, never normalised.
Mesh unit_box();

}  // namespace tsd::nback
