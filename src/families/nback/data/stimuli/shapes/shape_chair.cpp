// Chairs: the sitter faces -z; seat about 1 wide, standing on y = 0.
#include <cmath>

#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "families/nback/data/stimuli/shapes/shape_traits.hpp"

namespace tsd::nback {

namespace {

enum Kind { kSlatBack, kArmchair, kOffice, kLadderBack, kRoundBack, kCantilever, kPanelBack };

struct ChairShape {
  double width, depth, seat, seat_thickness, back;  // back: height of its upper edge
  double rake;                                      // how far the upper edge leans backwards
  int frame, cushion, metal;
};

constexpr Vec3 kSideways = {1, 0, 0};

// The point of the backrest at sideways position x and height y.
Vec3 on_back(const ChairShape& c, double x, double y) {
  const double u = (y - c.seat) / (c.back - c.seat);
  return {x, y, 0.5 * c.depth - 0.03 + c.rake * u};
}

void add_legs(Mesh& mesh, const ChairShape& c, double top, double foot, double splay, int material) {
  for (const double x : {-1.0, 1.0})
    for (const double z : {-1.0, 1.0}) {
      const double px = x * (0.5 * c.width - 0.06), pz = z * (0.5 * c.depth - 0.06);
      add_tube(mesh, {px * (1 + splay), 0, pz * (1 + splay)}, {px, c.seat, pz}, foot, top, material);
    }
}

void add_stretchers(Mesh& mesh, const ChairShape& c, double y) {
  const double x = 0.5 * c.width - 0.06, z = 0.5 * c.depth - 0.06;
  for (const double side : {-1.0, 1.0}) {
    add_beam(mesh, {side * x, y, -z}, {side * x, y, z}, 0.035, 0.035, kSideways, c.frame);
    add_beam(mesh, {-x, y + 0.06, side * z}, {x, y + 0.06, side * z}, 0.035, 0.035, {0, 1, 0}, c.frame);
  }
}

void add_seat(Mesh& mesh, const ChairShape& c) {
  add_box(mesh, {0, c.seat, 0}, {c.width, c.seat_thickness, c.depth}, c.cushion);
}

void add_posts(Mesh& mesh, const ChairShape& c) {
  const double x = 0.5 * c.width - 0.05;
  for (const double side : {-1.0, 1.0})
    add_beam(mesh, on_back(c, side * x, c.seat - 0.05), on_back(c, side * x, c.back), 0.08, 0.07, kSideways,
             c.frame);
}

void add_rail(Mesh& mesh, const ChairShape& c, double y, double height, int material) {
  add_beam(mesh, on_back(c, 0, y - 0.5 * height), on_back(c, 0, y + 0.5 * height), c.width - 0.06, 0.05,
           kSideways, material);
}

void add_wooden(Mesh& mesh, Traits& t, const ChairShape& c) {
  add_seat(mesh, c);
  const bool square = t.chance(0.5);
  if (square) {
    for (const double x : {-1.0, 1.0})
      for (const double z : {-1.0, 1.0})
        add_box(mesh, {x * (0.5 * c.width - 0.06), 0.5 * c.seat, z * (0.5 * c.depth - 0.06)},
                {0.09, c.seat, 0.09}, c.frame);
  } else {
    add_legs(mesh, c, 0.05, 0.03, 0.12, c.frame);
  }
  if (t.chance(0.6)) add_stretchers(mesh, c, 0.35 * c.seat);
  add_posts(mesh, c);
  if (t.kind == kSlatBack) {
    add_rail(mesh, c, c.back - 0.08, 0.16, c.frame);
    add_rail(mesh, c, c.seat + 0.2, 0.08, c.frame);
    const int slats = 3 + t.one_of(4);
    for (int i = 0; i < slats; ++i) {
      const double x = (c.width - 0.2) * ((i + 0.5) / slats - 0.5);
      add_beam(mesh, on_back(c, x, c.seat + 0.2), on_back(c, x, c.back - 0.1), 0.36 * c.width / slats, 0.03,
               kSideways, c.frame);
    }
  } else if (t.kind == kLadderBack) {
    const int rungs = 3 + t.one_of(3);
    for (int i = 0; i < rungs; ++i)
      add_rail(mesh, c, c.seat + (c.back - c.seat) * (i + 1) / rungs - 0.07, 0.45 * (c.back - c.seat) / rungs,
               c.frame);
  } else {
    add_rail(mesh, c, 0.5 * (c.back + c.seat) + 0.12, 0.72 * (c.back - c.seat), c.cushion);
    add_rail(mesh, c, c.back - 0.04, 0.08, c.frame);
  }
}

void add_armchair(Mesh& mesh, Traits& t, ChairShape c) {
  c.width = t.between(1.15, 1.3), c.depth = 1.05, c.seat = 0.5, c.back = t.between(1.1, 1.3);
  const double arm = t.between(0.16, 0.24), arm_y = t.between(0.72, 0.82), feet = 0.12;
  const double inner = c.width - 2 * arm;
  add_box(mesh, {0, 0.5 * (feet + 0.38), 0}, {c.width, 0.38 - feet, c.depth}, c.frame);
  add_box(mesh, {0, 0.45, -0.03}, {inner - 0.01, 0.17, c.depth}, c.cushion);
  add_beam(mesh, {0, 0.3, 0.4 * c.depth}, {0, c.back, 0.4 * c.depth + 0.15},
           c.width - (t.chance(0.5) ? 0.0 : arm), 0.24, kSideways, c.frame);
  add_beam(mesh, {0, 0.5, 0.29 * c.depth}, {0, c.back - 0.1, 0.29 * c.depth + 0.13}, inner - 0.04, 0.14,
           kSideways, c.cushion);
  const bool round = t.chance(0.5);
  for (const double side : {-1.0, 1.0}) {
    const double x = side * 0.5 * (c.width - arm);
    add_box(mesh, {x, 0.5 * (feet + arm_y), -0.02}, {arm, arm_y - feet, c.depth}, c.frame);
    if (round)
      add_tube(mesh, {x, arm_y, -0.5 * c.depth - 0.03}, {x, arm_y, 0.5 * c.depth - 0.05}, 0.6 * arm,
               0.6 * arm, c.frame);
    for (const double z : {-0.42, 0.42})
      add_tube(mesh, {side * 0.42 * c.width, 0, z * c.depth}, {side * 0.42 * c.width, feet, z * c.depth},
               0.03, 0.05, c.metal);
  }
}

void add_office(Mesh& mesh, Traits& t, const ChairShape& c) {
  const int spokes = 5;
  const double reach = t.between(0.48, 0.56), phase = t.between(0, 1);
  for (int i = 0; i < spokes; ++i) {
    const double phi = phase + 2 * M_PI * i / spokes;
    const Vec3 end = {reach * std::cos(phi), 0.09, reach * std::sin(phi)};
    add_beam(mesh, {0, 0.16, 0}, end, 0.08, 0.05, {-std::sin(phi), 0, std::cos(phi)}, c.metal);
    add_ellipsoid(mesh, {end.x, 0.06, end.z}, {0.06, 0.06, 0.06}, c.metal);
  }
  add_tube(mesh, {0, 0.12, 0}, {0, c.seat, 0}, 0.06, 0.045, c.metal);
  add_ellipsoid(mesh, {0, c.seat, 0}, {0.52 * c.width, 0.09, 0.52 * c.depth}, c.cushion);
  add_beam(mesh, {0, c.seat, 0.4 * c.depth}, on_back(c, 0, c.seat + 0.35) + Vec3{0, 0, 0.06}, 0.1, 0.05,
           kSideways, c.metal);
  const double middle = 0.5 * (c.seat + c.back) + 0.12;
  add_ellipsoid(mesh, on_back(c, 0, middle), {0.46 * c.width, 0.5 * (c.back - c.seat) - 0.05, 0.08},
                c.cushion);
  if (t.chance(0.7))
    for (const double side : {-1.0, 1.0}) {
      const double x = side * (0.5 * c.width + 0.03);
      add_beam(mesh, {x, c.seat, 0.1}, {x, c.seat + 0.26, 0.1}, 0.05, 0.05, kSideways, c.metal);
      add_box(mesh, {x, c.seat + 0.28, 0}, {0.1, 0.04, 0.42}, c.metal);
    }
}

void add_round_back(Mesh& mesh, Traits& t, const ChairShape& c) {
  add_tube(mesh, {0, c.seat - 0.05, 0}, {0, c.seat + 0.05, 0}, 0.52 * c.width, 0.52 * c.width, c.cushion);
  ChairShape legs = c;
  legs.width *= 0.75, legs.depth *= 0.75;
  add_legs(mesh, legs, 0.045, 0.03, t.between(0.25, 0.4), c.frame);
  constexpr int pieces = 14;  // a bent hoop
  const auto hoop = [&](int i) {
    const double phi = M_PI * i / pieces;
    return on_back(c, -0.46 * c.width * std::cos(phi),
                   c.seat + (c.back - c.seat) * std::pow(std::sin(phi), 0.6));
  };
  for (int i = 0; i < pieces; ++i) add_tube(mesh, hoop(i), hoop(i + 1), 0.035, 0.035, c.frame);
  const int spindles = 4 + t.one_of(4);
  for (int i = 0; i < spindles; ++i) {
    const double x = 0.8 * c.width * ((i + 0.5) / spindles - 0.5);
    const double height = std::pow(1 - std::pow(x / (0.46 * c.width), 2), 0.3);
    add_tube(mesh, on_back(c, x, c.seat), on_back(c, x, c.seat + (c.back - c.seat) * height), 0.018, 0.018,
             c.frame);
  }
}

void add_cantilever(Mesh& mesh, Traits& t, const ChairShape& c) {
  const double x = 0.5 * c.width - 0.04, front = -0.5 * c.depth, rear = 0.5 * c.depth, r = 0.03;
  for (const double side : {-1.0, 1.0}) {
    const Vec3 path[] = {{side * x, r, rear},
                         {side * x, r, front},
                         {side * x, c.seat - 0.05, front},
                         {side * x, c.seat - 0.05, rear - 0.05},
                         on_back(c, side * x, c.back)};
    for (int i = 0; i < 4; ++i) add_tube(mesh, path[i], path[i + 1], r, r, c.metal);
  }
  add_tube(mesh, {-x, r, rear}, {x, r, rear}, r, r, c.metal);
  add_box(mesh, {0, c.seat, -0.02}, {c.width - 0.02, c.seat_thickness, c.depth - 0.06}, c.cushion);
  add_rail(mesh, c, c.back - 0.25, t.between(0.36, 0.5), c.cushion);
  if (t.chance(0.5))
    for (const double side : {-1.0, 1.0})
      add_box(mesh, {side * (x + 0.02), c.seat + 0.3, 0.02}, {0.07, 0.04, 0.8 * c.depth}, c.frame);
}

}  // namespace

Mesh make_chair(Traits& t) {
  Mesh mesh;
  ChairShape c;
  c.width = t.between(0.85, 1.0), c.depth = t.between(0.82, 0.95);
  c.seat = t.between(0.78, 0.9), c.seat_thickness = t.between(0.07, 0.13);
  c.back = c.seat + t.between(0.8, 1.1), c.rake = t.between(0.06, 0.2);
  c.frame = add_material(mesh, t.paint);
  c.cushion = add_material(mesh, t.chance(0.5) ? t.accent : t.paint);
  c.metal = add_material(mesh, t.chance(0.5) ? Colour{0.45, 0.45, 0.47} : Colour{0.05, 0.05, 0.05});
  if (t.kind == kOffice || t.kind == kCantilever) c.cushion = c.frame;
  switch (t.kind) {
    case kArmchair:
      add_armchair(mesh, t, c);
      break;
    case kOffice:
      add_office(mesh, t, c);
      break;
    case kRoundBack:
      add_round_back(mesh, t, c);
      break;
    case kCantilever:
      add_cantilever(mesh, t, c);
      break;
    default:
      add_wooden(mesh, t, c);
  }
  return mesh;
}

}  // namespace tsd::nback
