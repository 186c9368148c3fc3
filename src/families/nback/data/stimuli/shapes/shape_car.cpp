// Cars: front at -z, width about 0.9, length about 2, standing on y = 0.
#include <algorithm>

#include "families/nback/data/stimuli/shapes/shape_primitives.hpp"
#include "families/nback/data/stimuli/shapes/shape_traits.hpp"

namespace tsd::nback {

namespace {

enum Kind { kSedan, kVan, kPickup, kSports, kHatchback, kOffRoad };

struct Colours {
  int body, trim, dark, glass, light, tail_light, rim;
};

// Side view, in fractions of the length from the front (0) to the rear (1) and in heights above ground.
struct CarShape {
  double length, width, wheel, clearance;
  double nose_y, hood_y, belt_y, rear_y, roof_y;   // heights of the outline
  double cowl, roof_front, roof_rear, cabin_rear;  // where windshield, roof and rear window begin or end
};

CarShape shape_of(Traits& t) {
  const double l = t.between(0.95, 1.05), h = t.between(0.94, 1.06);
  switch (t.kind) {
    case kVan:
      return {2.1 * l, 0.92, 0.17, 0.14, 0.52, 0.62, 0.66, 0.66, 1.05 * h, 0.08, 0.22, 0.98, 1.0};
    case kPickup:
      return {2.3 * l, 0.92, 0.2, 0.2, 0.52, 0.58, 0.6, 0.58, 0.93 * h, 0.27, 0.37, 0.57, 0.6};
    case kSports:
      return {2.05 * l, 0.95, 0.18, 0.1, 0.3, 0.38, 0.42, 0.46, 0.6 * h, 0.36, 0.53, 0.66, 0.92};
    case kHatchback:
      return {1.65 * l, 0.84, 0.16, 0.13, 0.42, 0.52, 0.55, 0.56, 0.86 * h, 0.22, 0.38, 0.88, 0.98};
    case kOffRoad:
      return {1.9 * l, 0.94, 0.23, 0.25, 0.6, 0.65, 0.66, 0.66, 1.06 * h, 0.3, 0.34, 0.97, 0.99};
    default:
      return {2.15 * l, 0.88, 0.17, 0.13, 0.4, 0.5, 0.53, 0.54, 0.8 * h, 0.28, 0.42, 0.68, 0.84};
  }
}

class Car {
 public:
  Car(Traits& t, const CarShape& s, const Colours& c, Mesh& mesh) : t_(t), s_(s), c_(c), mesh_(mesh) {}

  void build() {
    body();
    cabin();
    wheels();
    front();
    rear();
    if (t_.kind == kPickup) bed();
    if (t_.kind == kOffRoad || (t_.kind == kVan && t_.chance(0.5))) roof_rack();
    if (t_.kind == kSports) wing();
  }

 private:
  double z(double fraction) const { return (fraction - 0.5) * s_.length; }

  // A slab across the car between two heights; its front and rear edges differ between bottom and top.
  void slab(double y0, double y1, double front0, double front1, double rear0, double rear1, double width0,
            double width1, int material) {
    const auto ring = [](double y, double front, double rear, double width) {
      return Quad{Vec3{-0.5 * width, y, front}, Vec3{0.5 * width, y, front}, Vec3{0.5 * width, y, rear},
                  Vec3{-0.5 * width, y, rear}};
    };
    add_frustum(mesh_, ring(y0, front0, rear0, width0), ring(y1, front1, rear1, width1), material);
  }

  void body() {
    const double low = s_.clearance, w = 0.5 * s_.width;
    add_extrusion(mesh_,
                  {{z(0.5), low},
                   {z(0.02), low},
                   {z(0), low + 0.08},
                   {z(0.005), s_.nose_y},
                   {z(0.06), s_.hood_y},
                   {z(s_.cowl), s_.belt_y},
                   {z(s_.cabin_rear), s_.rear_y + 0.01},
                   {z(0.985), s_.rear_y},
                   {z(1), s_.rear_y - 0.1},
                   {z(0.99), low + 0.02}},
                  -w, w, c_.body);
    slab(low - 0.02, low + 0.05, z(0.03), z(0.01), z(0.97), z(0.99), s_.width + 0.02, s_.width + 0.02,
         c_.trim);  // sills
  }

  void cabin() {
    const double top = s_.roof_y - 0.05, w0 = s_.width - 0.04,
                 w1 = s_.width * (t_.kind == kSports ? 0.72 : 0.8);
    slab(s_.belt_y - 0.02, top, z(s_.cowl), z(s_.roof_front), z(s_.cabin_rear), z(s_.roof_rear), w0, w1,
         c_.glass);
    slab(top, s_.roof_y, z(s_.roof_front) - 0.02, z(s_.roof_front) + 0.06, z(s_.roof_rear) + 0.02,
         z(s_.roof_rear) - 0.05, w1 + 0.02, w1 - 0.08, c_.body);
    for (const double side : {-1.0, 1.0}) {  // pillars
      const double x0 = side * 0.5 * (w0 + 0.01), x1 = side * 0.5 * (w1 + 0.01);
      const double middle = 0.5 * (s_.roof_front + s_.roof_rear);
      add_beam(mesh_, {x0, s_.belt_y, z(s_.cowl)}, {x1, top, z(s_.roof_front)}, 0.05, 0.05, {1, 0, 0},
               c_.body);
      add_beam(mesh_, {x0, s_.belt_y, z(s_.cabin_rear)}, {x1, top, z(s_.roof_rear)}, 0.07, 0.07, {1, 0, 0},
               c_.body);
      add_beam(mesh_, {x0, s_.belt_y, z(middle)}, {x1, top, z(middle)}, 0.03, 0.06, {1, 0, 0}, c_.body);
      add_box(mesh_, {side * (0.5 * s_.width + 0.05), s_.belt_y + 0.05, z(s_.cowl) + 0.08}, {0.1, 0.07, 0.05},
              c_.body);  // mirror
    }
    if (t_.kind == kVan && panel_van_)
      slab(s_.belt_y - 0.01, top, z(0.42), z(0.42), z(s_.cabin_rear) + 0.01, z(s_.roof_rear) + 0.01,
           w0 + 0.02, w1 + 0.02, c_.body);
  }

  void wheels() {
    const double x = 0.5 * s_.width, r = s_.wheel;
    for (const double at : {0.19, 0.8})
      for (const double side : {-1.0, 1.0}) {
        add_tube(mesh_, {side * (x - 0.16), r, z(at)}, {side * (x + 0.015), r, z(at)}, r, r, c_.dark);
        add_tube(mesh_, {side * (x + 0.015), r, z(at)}, {side * (x + 0.03), r, z(at)}, 0.6 * r, 0.5 * r,
                 c_.rim);
        add_tube(mesh_, {side * (x - 0.02), r, z(at)}, {side * (x + 0.005), r, z(at)}, 1.22 * r, 1.22 * r,
                 c_.trim);  // arch
      }
  }

  void front() {
    const double face = z(0) - 0.005, low = s_.clearance, height = s_.nose_y - low;
    const bool round = t_.kind == kOffRoad || t_.chance(0.3);
    const double lamp_y = low + 0.68 * height, lamp_x = 0.36 * s_.width;
    for (const double side : {-1.0, 1.0}) {
      if (round)
        add_tube(mesh_, {side * lamp_x, lamp_y, face - 0.02}, {side * lamp_x, lamp_y, face + 0.05}, 0.085,
                 0.085, c_.light);
      else
        add_box(mesh_, {side * lamp_x, lamp_y, face}, {0.2, 0.1, 0.05}, c_.light);
      add_box(mesh_, {side * lamp_x, low + 0.2 * height, face}, {0.12, 0.05, 0.03}, c_.light);
    }
    add_box(mesh_, {0, lamp_y - 0.02, face}, {0.4 * s_.width, 0.36 * height, 0.03}, c_.dark);  // grille
    for (int i = -1; i <= 1; ++i)
      add_box(mesh_, {0, lamp_y - 0.02 + 0.1 * i * height, face - 0.015}, {0.4 * s_.width, 0.012, 0.02},
              c_.rim);
    add_box(mesh_, {0, low + 0.12 * height, face - 0.01}, {s_.width, 0.12 * height, 0.06},
            c_.trim);                                                                     // bumper
    add_box(mesh_, {0, low + 0.24 * height, face - 0.04}, {0.24, 0.06, 0.02}, c_.light);  // plate
  }

  void rear() {
    const double face = z(1) + 0.005;
    for (const double side : {-1.0, 1.0})
      add_box(mesh_, {side * 0.38 * s_.width, s_.rear_y - 0.1, face}, {0.14, 0.11, 0.04}, c_.tail_light);
    add_box(mesh_, {0, s_.clearance + 0.05, face}, {s_.width, 0.09, 0.05}, c_.trim);
  }

  void bed() {  // the open box of a pickup: a dark floor between walls
    const double floor = s_.rear_y + 0.015;
    add_box(mesh_, {0, floor, z(0.8)}, {0.8 * s_.width, 0.02, 0.36 * s_.length}, c_.dark);
    for (const double side : {-1.0, 1.0})
      add_box(mesh_, {side * 0.46 * s_.width, floor + 0.05, z(0.8)}, {0.06, 0.12, 0.38 * s_.length}, c_.body);
    add_box(mesh_, {0, floor + 0.05, z(0.985)}, {0.95 * s_.width, 0.12, 0.05}, c_.body);
  }

  void roof_rack() {
    for (const double side : {-1.0, 1.0})
      add_box(mesh_, {side * 0.32 * s_.width, s_.roof_y + 0.04, z(0.66)}, {0.03, 0.03, 0.5 * s_.length},
              c_.trim);
    for (const double at : {0.45, 0.6, 0.75, 0.88})
      add_box(mesh_, {0, s_.roof_y + 0.035, z(at)}, {0.66 * s_.width, 0.025, 0.03}, c_.trim);
  }

  void wing() {
    for (const double side : {-1.0, 1.0})
      add_box(mesh_, {side * 0.3 * s_.width, s_.rear_y + 0.06, z(0.95)}, {0.03, 0.14, 0.06}, c_.dark);
    add_box(mesh_, {0, s_.rear_y + 0.13, z(0.95)}, {0.95 * s_.width, 0.025, 0.14}, c_.body);
  }

  Traits& t_;
  const CarShape& s_;
  const Colours& c_;
  Mesh& mesh_;
  bool panel_van_ = t_.chance(0.5);
};

}  // namespace

Mesh make_car(Traits& t) {
  Mesh mesh;
  Colours c;
  c.body = add_material(mesh, t.paint);
  c.trim = add_material(mesh, {0.06, 0.06, 0.065});
  c.dark = add_material(mesh, {0.02, 0.02, 0.02});
  c.glass = add_material(mesh, {0.06, 0.1, 0.15});
  c.light = add_material(mesh, {0.95, 0.93, 0.8});
  c.tail_light = add_material(mesh, {0.7, 0.03, 0.03});
  c.rim = add_material(mesh, t.chance(0.7) ? Colour{0.6, 0.6, 0.62} : t.accent);
  const CarShape shape = shape_of(t);
  Car(t, shape, c, mesh).build();
  return mesh;
}

}  // namespace tsd::nback
