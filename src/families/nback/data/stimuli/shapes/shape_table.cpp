// Tables: top about 1.8 wide, standing on y = 0.
#include <cmath>

#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "families/nback/data/stimuli/shapes/shape_traits.hpp"

namespace tsd::nback {

namespace {

enum Kind { kFourLegs, kRoundPedestal, kDesk, kTrestle, kCoffee, kSlabs, kRoundLegs };

struct TableShape {
  double width, depth, height, thickness;
  int top, frame, metal;
};

void add_top(Mesh& mesh, const TableShape& s) {
  add_box(mesh, {0, s.height - 0.5 * s.thickness, 0}, {s.width, s.thickness, s.depth}, s.top);
}

void add_legs(Mesh& mesh, Traits& t, const TableShape& s, double inset) {
  const bool round = t.chance(0.5);
  const double r = t.between(0.035, 0.06), foot = t.between(0.5, 1.0) * r, splay = t.chance(0.4) ? 0.1 : 0.0;
  for (const double x : {-1.0, 1.0})
    for (const double z : {-1.0, 1.0}) {
      const Vec3 top = {x * (0.5 * s.width - inset), s.height - s.thickness, z * (0.5 * s.depth - inset)};
      const Vec3 low = {top.x + x * splay, 0, top.z + z * splay};
      if (round)
        add_tube(mesh, low, top, foot, r, s.frame);
      else
        add_beam(mesh, low, top, 2 * r, 2 * r, {1, 0, 0}, s.frame);
    }
}

void add_apron(Mesh& mesh, const TableShape& s, double inset) {
  const double y = s.height - s.thickness - 0.06;
  for (const double side : {-1.0, 1.0}) {
    add_box(mesh, {0, y, side * (0.5 * s.depth - inset)}, {s.width - 2 * inset, 0.12, 0.04}, s.frame);
    add_box(mesh, {side * (0.5 * s.width - inset), y, 0}, {0.04, 0.12, s.depth - 2 * inset}, s.frame);
  }
}

void add_round_top(Mesh& mesh, const TableShape& s) {
  const std::size_t first = mesh.vertices.size();
  add_tube(mesh, {0, s.height - s.thickness, 0}, {0, s.height, 0}, 0.5 * s.width, 0.5 * s.width, s.top);
  for (std::size_t i = first; i < mesh.vertices.size(); ++i) mesh.vertices[i].z *= s.depth / s.width;
}

void add_pedestal(Mesh& mesh, Traits& t, const TableShape& s) {
  const double r = t.between(0.06, 0.11);
  const double h = s.height - s.thickness;
  add_lathe(mesh, {0, 0, 0}, {0, 1, 0},
            {{0.08, 2 * r},
             {0.16, r},
             {0.3 * h, 0.8 * r},
             {0.45 * h, 1.5 * r},
             {0.6 * h, 0.8 * r},
             {0.92 * h, r},
             {h, 2.2 * r}},
            s.frame);
  if (t.chance(0.5)) {
    add_lathe(mesh, {0, 0, 0}, {0, 1, 0}, {{0, 0}, {0, 0.27 * s.width}, {0.05, 0.27 * s.width}, {0.1, 2 * r}},
              s.frame);
  } else {
    const int feet = 3 + t.one_of(2);
    for (int i = 0; i < feet; ++i) {
      const double phi = 0.6 + 2 * M_PI * i / feet;
      add_beam(mesh, {0, 0.2, 0}, {0.3 * s.width * std::cos(phi), 0.03, 0.3 * s.depth * std::sin(phi)}, 0.08,
               0.1, {-std::sin(phi), 0, std::cos(phi)}, s.frame);
    }
  }
}

void add_drawers(Mesh& mesh, const TableShape& s, double x, double width, int drawers, int front) {
  const double h = s.height - s.thickness - 0.06;
  add_box(mesh, {x, 0.06 + 0.5 * h, 0}, {width, h, s.depth - 0.1}, s.frame);
  for (int i = 0; i < drawers; ++i) {
    const double y = 0.06 + h * (i + 0.5) / drawers;
    add_box(mesh, {x, y, -0.5 * s.depth + 0.04}, {0.86 * width, 0.82 * h / drawers, 0.03}, front);
    add_box(mesh, {x, y, -0.5 * s.depth + 0.015}, {0.3 * width, 0.03, 0.03}, s.metal);
  }
}

void add_desk(Mesh& mesh, Traits& t, const TableShape& s) {
  add_top(mesh, s);
  const double width = t.between(0.36, 0.46), x = 0.5 * (s.width - width) - 0.05;
  const int drawers = 2 + t.one_of(3);
  add_drawers(mesh, s, x, width, drawers, s.top);
  if (t.chance(0.5)) {
    add_drawers(mesh, s, -x, width, drawers, s.top);
  } else {
    for (const double z : {-1.0, 1.0})
      add_box(mesh, {-0.5 * s.width + 0.09, 0.5 * s.height - 0.02, z * (0.5 * s.depth - 0.09)},
              {0.07, s.height - 0.05, 0.07}, s.frame);
  }
  add_box(mesh, {0, 0.62 * s.height, 0.5 * s.depth - 0.08}, {s.width - 0.16, 0.5 * s.height, 0.03}, s.frame);
}

void add_trestle(Mesh& mesh, Traits& t, const TableShape& s) {
  add_top(mesh, s);
  const double x = 0.5 * s.width - t.between(0.18, 0.3), z = 0.42 * s.depth, h = s.height - s.thickness;
  const bool crossed = t.chance(0.5);
  for (const double side : {-1.0, 1.0})
    for (const double way : {-1.0, 1.0})
      add_beam(mesh, {side * x, 0, way * z}, {side * x, h, crossed ? -way * z : way * 0.12}, 0.08, 0.08,
               {1, 0, 0}, s.frame);
  add_beam(mesh, {-x, (crossed ? 0.5 : 0.35) * h, 0}, {x, (crossed ? 0.5 : 0.35) * h, 0}, 0.08, 0.08,
           {0, 1, 0}, s.frame);
}

void add_slabs(Mesh& mesh, Traits& t, const TableShape& s) {
  add_top(mesh, s);
  const double x = 0.5 * s.width - t.between(0.05, 0.3), h = s.height - s.thickness;
  for (const double side : {-1.0, 1.0})
    add_box(mesh, {side * x, 0.5 * h, 0}, {0.09, h, 0.88 * s.depth}, s.frame);
  if (t.chance(0.6)) add_box(mesh, {0, t.between(0.3, 0.6) * h, 0}, {2 * x, 0.05, 0.7 * s.depth}, s.frame);
}

}  // namespace

Mesh make_table(Traits& t) {
  Mesh mesh;
  TableShape s;
  s.width = t.between(1.6, 2.1), s.depth = t.between(0.9, 1.15), s.height = t.between(0.95, 1.1),
  s.thickness = t.between(0.05, 0.1);
  s.top = add_material(mesh, t.paint);
  s.frame = add_material(mesh, t.chance(0.6) ? t.accent : t.paint);
  s.metal = add_material(mesh, {0.5, 0.5, 0.5});
  switch (t.kind) {
    case kRoundPedestal:
    case kRoundLegs:
      s.width = t.between(1.4, 1.7), s.depth = s.width * (t.chance(0.6) ? 1.0 : 0.75);
      add_round_top(mesh, s);
      if (t.kind == kRoundPedestal)
        add_pedestal(mesh, t, s);
      else
        add_legs(mesh, t, s, 0.28 * s.depth);
      break;
    case kDesk:
      add_desk(mesh, t, s);
      break;
    case kTrestle:
      add_trestle(mesh, t, s);
      break;
    case kSlabs:
      add_slabs(mesh, t, s);
      break;
    case kCoffee:
      s.height = t.between(0.5, 0.62), s.width *= 0.9;
      add_top(mesh, s);
      add_legs(mesh, t, s, 0.08);
      add_box(mesh, {0, 0.35 * s.height, 0}, {s.width - 0.2, 0.04, s.depth - 0.2}, s.frame);
      break;
    default:
      add_top(mesh, s);
      add_legs(mesh, t, s, 0.09);
      if (t.chance(0.7)) add_apron(mesh, s, 0.09);
  }
  return mesh;
}

}  // namespace tsd::nback
