// Airplanes: fuselage along z with its nose at -z, length about 2.
#include <cmath>

#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "families/nback/data/stimuli/shapes/shape_traits.hpp"

namespace tsd::nback {

namespace {

enum Kind { kTwinJet, kHighWingPropeller, kDeltaFighter, kFourEngines, kBiplane, kRearEngines };

struct Colours {
  int hull, wing, dark, glass, metal;
};

// A pair of surfaces left and right: leading root edge at (x0, y, z), chords shrinking and sweeping back over
// `span`.
struct WingShape {
  double x0, y, z, root_chord, tip_chord, span, sweep, dihedral, thickness;
};
void add_wings(Mesh& mesh, const WingShape& w, int material) {
  for (const double side : {-1.0, 1.0}) {
    const auto section = [&](double x, double y, double z, double chord, double thickness) {
      const double h = 0.5 * thickness;
      return Quad{Vec3{side * x, y - h, z}, Vec3{side * x, y + h, z}, Vec3{side * x, y + 0.3 * h, z + chord},
                  Vec3{side * x, y - 0.3 * h, z + chord}};
    };
    add_frustum(mesh, section(w.x0, w.y, w.z, w.root_chord, w.thickness),
                section(w.x0 + w.span, w.y + w.dihedral, w.z + w.sweep, w.tip_chord, 0.5 * w.thickness),
                material);
  }
}

void add_fin(Mesh& mesh, double x, double y, double z, double chord, double height, double sweep,
             int material) {
  const auto section = [&](double at_y, double at_z, double c, double h) {
    return Quad{Vec3{x - h, at_y, at_z}, Vec3{x + h, at_y, at_z}, Vec3{x + 0.3 * h, at_y, at_z + c},
                Vec3{x - 0.3 * h, at_y, at_z + c}};
  };
  add_frustum(mesh, section(y, z, chord, 0.025), section(y + height, z + sweep, 0.5 * chord, 0.015),
              material);
}

// A tube with a rounded nose and a tail that rises to `tail_y`.
void add_fuselage(Mesh& mesh, double length, double radius, double nose, double tail, double tail_y,
                  int material) {
  std::vector<Ring> rings;
  for (int i = 0; i <= 8; ++i) {
    const double u = i / 8.0;
    rings.push_back({nose * u, radius * std::sqrt(1 - (1 - u) * (1 - u))});
  }
  for (int i = 0; i <= 8; ++i) {
    const double u = i / 8.0;
    rings.push_back({length - tail * (1 - u), radius * (1 - 0.85 * u * u)});
  }
  rings.push_back({length, 0});
  const std::size_t first = mesh.vertices.size();
  add_lathe(mesh, {0, 0, -0.5 * length}, {0, 0, 1}, rings, material);
  for (std::size_t i = first; i < mesh.vertices.size(); ++i) {
    Vec3& v = mesh.vertices[i];
    const double u = std::max(0.0, (v.z - (0.5 * length - tail)) / tail);
    v.y += tail_y * u * u;
  }
}

// Nacelle of a jet engine with a dark intake.
void add_engine(Mesh& mesh, Vec3 front, double length, double radius, const Colours& c) {
  add_lathe(mesh, front, {0, 0, 1},
            {{0, 0.8 * radius}, {0, radius}, {0.6 * length, radius}, {length, 0.6 * radius}, {length, 0}},
            c.metal);
  add_lathe(mesh, front, {0, 0, 1}, {{0.02, 0}, {0.02, 0.82 * radius}}, c.dark);
}

void add_propeller(Mesh& mesh, Vec3 hub, double radius, int blades, double phase, const Colours& c) {
  add_ellipsoid(mesh, hub, {0.05, 0.05, 0.09}, c.metal);
  for (int i = 0; i < blades; ++i) {
    const double phi = phase + 2 * M_PI * i / blades;
    const Vec3 tip = hub + radius * Vec3{std::cos(phi), std::sin(phi), 0};
    add_beam(mesh, hub, tip, 0.07, 0.02, Vec3{-std::sin(phi), std::cos(phi), 0.3}, c.dark);
  }
}

void add_wheels(Mesh& mesh, double track, double y, double z, const Colours& c) {
  for (const double x : {-track, track}) {
    add_beam(mesh, {0.6 * x, y + 0.22, z}, {x, y, z}, 0.03, 0.03, {0, 0, 1}, c.metal);
    add_tube(mesh, {x - 0.03, y, z}, {x + 0.03, y, z}, 0.08, 0.08, c.dark);
  }
}

void add_jet_windows(Mesh& mesh, double length, double radius, double nose, const Colours& c) {
  for (const double side : {-1.0, 1.0}) {
    for (double z = -0.5 * length + 1.2 * nose; z < 0.2 * length; z += 0.09)
      add_box(mesh, {side * 0.97 * radius, 0.22 * radius, z}, {0.06 * radius, 0.035, 0.04}, c.glass);
  }
  add_frustum(mesh,
              Quad{Vec3{-0.5 * radius, 0.38 * radius, -0.5 * length + 0.28 * nose},
                   Vec3{0.5 * radius, 0.38 * radius, -0.5 * length + 0.28 * nose},
                   Vec3{0.7 * radius, 0.38 * radius, -0.5 * length + 0.6 * nose},
                   Vec3{-0.7 * radius, 0.38 * radius, -0.5 * length + 0.6 * nose}},
              Quad{Vec3{-0.4 * radius, 0.78 * radius, -0.5 * length + 0.5 * nose},
                   Vec3{0.4 * radius, 0.78 * radius, -0.5 * length + 0.5 * nose},
                   Vec3{0.45 * radius, 0.78 * radius, -0.5 * length + 0.65 * nose},
                   Vec3{-0.45 * radius, 0.78 * radius, -0.5 * length + 0.65 * nose}},
              c.glass);
}

// Airliners and business jets.
void add_jet(Mesh& mesh, Traits& t, const Colours& c) {
  const bool rear = t.kind == kRearEngines;
  const double length = rear ? t.between(1.7, 1.95) : t.between(1.9, 2.3);
  const double radius = rear ? t.between(0.11, 0.14) : t.between(0.14, 0.2);
  const double nose = 2 * radius, tail = 0.38 * length;
  add_fuselage(mesh, length, radius, nose, tail, 0.6 * radius, c.hull);
  add_jet_windows(mesh, length, radius, nose, c);

  const double span = t.between(0.85, 1.1), sweep = t.between(0.35, 0.6), dihedral = t.between(0.08, 0.18);
  const double wing_y = -0.55 * radius, wing_z = -0.18 * length, chord = t.between(0.38, 0.48);
  add_wings(mesh, {0.5 * radius, wing_y, wing_z, chord, 0.14, span, sweep, dihedral, 0.05}, c.wing);

  const double tail_z = 0.5 * length - 0.34, fin = t.between(0.38, 0.5);
  add_fin(mesh, 0, 0.8 * radius, tail_z, 0.3, fin, 0.22, c.wing);
  const double stabiliser_y = rear ? 0.8 * radius + fin - 0.03 : 0.5 * radius;
  add_wings(
      mesh,
      {0, stabiliser_y, tail_z + (rear ? 0.18 : 0.05), 0.22, 0.1, t.between(0.34, 0.42), 0.16, 0.02, 0.03},
      c.wing);

  const double engine = t.between(0.075, 0.1);
  if (rear) {
    for (const double side : {-1.0, 1.0})
      add_engine(mesh, {side * (radius + engine), 0.35 * radius, 0.14 * length}, 0.36, engine, c);
  } else {
    for (int i = 0; i < (t.kind == kFourEngines ? 2 : 1); ++i) {
      const double at = t.kind == kFourEngines ? 0.32 + 0.34 * i : 0.36;
      for (const double side : {-1.0, 1.0})
        add_engine(mesh,
                   {side * (0.5 * radius + at * span), wing_y + at * dihedral - 1.15 * engine,
                    wing_z + at * sweep - 0.12},
                   0.34, engine, c);
    }
  }
}

void add_fighter(Mesh& mesh, Traits& t, const Colours& c) {
  const double length = t.between(1.8, 2.1), radius = t.between(0.13, 0.16);
  add_lathe(mesh, {0, 0, -0.5 * length}, {0, 0, 1},
            {{0, 0},
             {0.2, 0.35 * radius},
             {0.5, 0.8 * radius},
             {0.8, radius},
             {length - 0.1, radius},
             {length, 0.75 * radius}},
            c.hull);
  add_lathe(mesh, {0, 0, 0.5 * length}, {0, 0, -1}, {{0.01, 0}, {0.0, 0.72 * radius}}, c.dark);
  add_ellipsoid(mesh, {0, 0.85 * radius, -0.5 * length + 0.65}, {0.55 * radius, 0.6 * radius, 0.28}, c.glass);
  for (const double side : {-1.0, 1.0}) {
    add_box(mesh, {side * 1.15 * radius, -0.1 * radius, -0.02 * length},
            {0.9 * radius, 1.1 * radius, 0.36 * length}, c.hull);
    add_box(mesh, {side * 1.15 * radius, -0.1 * radius, -0.2 * length - 0.005},
            {0.7 * radius, 0.9 * radius, 0.01}, c.dark);
  }
  const double span = t.between(0.6, 0.8);
  add_wings(mesh, {radius, -0.1 * radius, -0.12 * length, 0.9, 0.12, span, 0.68, 0.0, 0.04}, c.wing);
  const bool twin = t.chance(0.5);
  for (const double x : twin ? std::vector<double>{-1.1 * radius, 1.1 * radius} : std::vector<double>{0})
    add_fin(mesh, x, 0.5 * radius, 0.5 * length - 0.5, 0.4, 0.42, 0.3, c.wing);
  for (const double side : {-1.0, 1.0})
    add_tube(mesh, {side * (radius + span), -0.1 * radius, 0.1 * length},
             {side * (radius + span), -0.1 * radius, 0.42 * length}, 0.02, 0.02, c.metal);
}

void add_propeller_plane(Mesh& mesh, Traits& t, const Colours& c) {
  const bool biplane = t.kind == kBiplane;
  const double length = t.between(1.35, 1.55), radius = t.between(0.16, 0.19);
  add_fuselage(mesh, length, radius, 0.3, 0.8 * length, 0.3 * radius, c.hull);
  const double nose_z = -0.5 * length;
  add_lathe(mesh, {0, 0, nose_z}, {0, 0, 1},
            {{-0.02, 0}, {-0.02, 0.85 * radius}, {0.12, 1.03 * radius}, {0.3, 1.03 * radius}}, c.metal);
  add_propeller(mesh, {0, 0, nose_z - 0.06}, t.between(0.36, 0.44), 2 + t.one_of(2), t.between(0, 3), c);
  const double span = t.between(0.8, 1.05), chord = t.between(0.3, 0.38), wing_z = nose_z + 0.3;
  const double top = biplane ? radius + t.between(0.28, 0.34) : radius + 0.1;
  const Vec3 forward = {0, 0, 1};
  add_wings(mesh, {0, top, wing_z, chord, 0.85 * chord, span, 0.03, biplane ? 0.0 : 0.05, 0.05}, c.wing);
  if (biplane) {
    add_wings(mesh, {0, -0.7 * radius, wing_z + 0.08, chord, 0.85 * chord, 0.95 * span, 0.03, 0.04, 0.05},
              c.wing);
    for (const double side : {-1.0, 1.0})
      for (const double z : {0.06, 0.26}) {
        add_beam(mesh, {side * 0.72 * span, -0.65 * radius, wing_z + z},
                 {side * 0.72 * span, top, wing_z + z}, 0.025, 0.025, forward, c.dark);
        add_beam(mesh, {side * 0.12, 0.8 * radius, wing_z + z}, {side * 0.16, top, wing_z + z}, 0.025, 0.025,
                 forward, c.dark);
      }
    add_ellipsoid(mesh, {0, 0.95 * radius, wing_z + 0.52}, {0.09, 0.1, 0.12}, c.dark);
  } else {
    add_frustum(
        mesh,
        Quad{Vec3{-0.8 * radius, 0.6 * radius, wing_z - 0.1}, Vec3{0.8 * radius, 0.6 * radius, wing_z - 0.1},
             Vec3{0.8 * radius, 0.6 * radius, wing_z + 0.45},
             Vec3{-0.8 * radius, 0.6 * radius, wing_z + 0.45}},
        Quad{Vec3{-0.7 * radius, top, wing_z + 0.04}, Vec3{0.7 * radius, top, wing_z + 0.04},
             Vec3{0.7 * radius, top, wing_z + 0.36}, Vec3{-0.7 * radius, top, wing_z + 0.36}},
        c.glass);
    for (const double side : {-1.0, 1.0})
      add_beam(mesh, {side * 0.9 * radius, -0.5 * radius, wing_z + 0.15},
               {side * 0.55 * span, top + 0.02, wing_z + 0.15}, 0.035, 0.03, forward, c.metal);
  }
  add_wheels(mesh, 0.28, -radius - 0.17, wing_z + 0.1, c);
  add_fin(mesh, 0, 0.3 * radius, 0.5 * length - 0.3, 0.28, t.between(0.3, 0.38), 0.12, c.wing);
  add_wings(mesh, {0, 0.25 * radius, 0.5 * length - 0.26, 0.22, 0.16, t.between(0.34, 0.42), 0.05, 0.0, 0.03},
            c.wing);
}

}  // namespace

Mesh make_airplane(Traits& t) {
  Mesh mesh;
  const bool white_hull =
      (t.kind == kTwinJet || t.kind == kFourEngines || t.kind == kRearEngines) && t.chance(0.5);
  Colours c;
  c.hull = add_material(mesh, white_hull ? Colour{0.85, 0.85, 0.85} : t.paint);
  c.wing = add_material(mesh, white_hull || t.chance(0.6) ? t.paint : t.accent);
  c.dark = add_material(mesh, {0.03, 0.03, 0.03});
  c.glass = add_material(mesh, {0.05, 0.09, 0.16});
  c.metal = add_material(mesh, {0.4, 0.4, 0.42});
  switch (t.kind) {
    case kDeltaFighter:
      add_fighter(mesh, t, c);
      break;
    case kHighWingPropeller:
    case kBiplane:
      add_propeller_plane(mesh, t, c);
      break;
    default:
      add_jet(mesh, t, c);
  }
  return mesh;
}

}  // namespace tsd::nback
